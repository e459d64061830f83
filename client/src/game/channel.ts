import type { ChannelOffer } from "../protocol.js";

const OPEN_WITHIN_MS = 3000;

/** What the frame channel needs from the page, and tells it. */
export interface ChannelOwner {
  /** Send bytes over the control connection. */
  sendFallback(bytes: Uint8Array): void;
  frame(bytes: Uint8Array): void;
  /** The way changed: what was on its way may be lost. */
  switched(transport: "websocket" | "socketio"): void;
}

/**
 * Carries inputs to the server by the fastest way that stands: a WebSocket of its own once the server
 * has offered one and it is open, the control connection before that and whenever it breaks.
 */
export class FrameChannel {
  readonly #base: URL;
  readonly #owner: ChannelOwner;
  #socket: WebSocket | null = null;
  #open = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(base: URL, owner: ChannelOwner) {
    this.#base = base;
    this.#owner = owner;
  }

  /** The server has a channel for us; it takes the place of an earlier one. */
  offer(offer: ChannelOffer): void {
    this.#drop();
    const address = new URL(offer.url, this.#base);
    address.protocol = this.#base.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.#broken(socket), OPEN_WITHIN_MS);
    socket.addEventListener("open", () => {
      if (this.#socket === socket) this.#opened(socket, offer.ticket);
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (this.#socket === socket && event.data instanceof ArrayBuffer) {
        this.#owner.frame(new Uint8Array(event.data));
      }
    });
    socket.addEventListener("close", () => this.#broken(socket));
  }

  /** Send an input. */
  send(bytes: Uint8Array): void {
    if (this.#open && this.#socket !== null) this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
    else this.#owner.sendFallback(bytes);
  }

  /** Close the WebSocket; the control connection is not touched. */
  close(): void {
    this.#drop();
  }

  #opened(socket: WebSocket, ticket: string): void {
    clearTimeout(this.#deadline);
    socket.send(ticket);
    this.#open = true;
    this.#owner.switched("websocket");
  }

  #broken(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#drop();
    this.#owner.switched("socketio");
  }

  #drop(): void {
    clearTimeout(this.#deadline);
    const socket = this.#socket;
    this.#socket = null;
    this.#open = false;
    socket?.close();
  }
}
