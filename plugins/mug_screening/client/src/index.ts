import type { Client, ClientPlugin } from "@mug/client";
import { ScreeningView } from "./view.js";

const plugin: ClientPlugin = {
  name: "screening",
  setup(client: Client): void {
    const ping = new URL("./-/screening/ping", client.base).href;
    client.scene("screening", (context) => new ScreeningView(context, ping));
  },
};

export default plugin;
