import type { Client } from "@mug/client";
import { Mesh } from "./mesh.js";

export default {
  name: "mug_ggpo",
  setup(client: Client): void {
    client.peers("webrtc", (host, offer) => new Mesh(host, offer));
  },
};
