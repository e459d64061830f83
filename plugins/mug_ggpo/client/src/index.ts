import type { Client } from "@mug/client";
import { Mesh } from "./mesh.js";
import { Probe } from "./probe.js";

export default {
  name: "mug_ggpo",
  setup(client: Client): void {
    client.peers(
      "webrtc",
      (host, offer) => new Mesh(host, offer),
      (host, offer) => new Probe(host, offer),
    );
  },
};
