import type { Client } from "@mug/client";
import { serverRuntime } from "./server_runtime.js";

export default {
  name: "mug_server_mode",
  setup(client: Client): void {
    client.runtime("server", serverRuntime);
  },
};
