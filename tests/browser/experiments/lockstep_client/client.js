/** Connections of a page to those of other players, all through the server. */
export default {
  name: "lockstep",
  setup(client) {
    client.peers("lockstep", (host, offer) => {
      const ports = new Map();
      offer.seats.forEach((_, peer) => {
        if (peer === offer.me) return;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => {
          const packet = new Uint8Array(1 + data.byteLength);
          packet[0] = peer;
          packet.set(new Uint8Array(data), 1);
          host.sendPacket(packet);
        };
        ports.set(peer, port1);
        host.link(peer, port2);
      });
      host.report({ transport: "lockstep" });
      void host.send({ greeting: "hello" });
      return {
        message() {},
        packet(bytes) {
          ports.get(bytes[0])?.postMessage(bytes.slice(1).buffer);
        },
        connection() {},
        stop() {
          for (const port of ports.values()) port.close();
        },
      };
    });
  },
};
