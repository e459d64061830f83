/** The way to one peer that always stands: a port for the worker, whose packets travel through the server. */
export class Relay {
  /** To be handed over to the worker. */
  readonly port: MessagePort;
  readonly #near: MessagePort;
  #sent = 0;
  #received = 0;

  /** @param send passes a packet on: `[number of the peer][packet]` */
  constructor(peer: number, send: (bytes: Uint8Array) => void) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.#near = port2;
    this.#near.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      this.#sent += 1;
      const bytes = new Uint8Array(event.data.byteLength + 1);
      bytes[0] = peer;
      bytes.set(new Uint8Array(event.data), 1);
      send(bytes);
    };
  }

  /** A packet of this peer came through the server. */
  receive(packet: Uint8Array): void {
    this.#received += 1;
    const copy = packet.slice().buffer;
    this.#near.postMessage(copy, [copy]);
  }

  /** Whether packets went both ways since the last call: one way alone, the peer is silent. */
  wasUsed(): boolean {
    const used = this.#sent > 0 && this.#received > 0;
    this.#sent = this.#received = 0;
    return used;
  }

  close(): void {
    this.#near.close();
  }
}
