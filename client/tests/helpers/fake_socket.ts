import type { SocketLike } from "../../src/net/connection.js";

/** A Socket.IO client without a server: tests play the server. */
export class FakeSocket implements SocketLike {
  auth: SocketLike["auth"] = {};
  readonly io: SocketLike["io"] = { opts: {} };
  connected = false;
  connects = 0;
  readonly sent: unknown[][] = [];
  readonly lossy: unknown[][] = [];
  readonly #listeners = new Map<string, ((...data: never[]) => void)[]>();
  readonly volatile = {
    emit: (event: string, ...data: unknown[]): void => {
      if (this.connected) this.lossy.push([event, ...data]);
    },
  };

  connect(): void {
    this.connects += 1;
  }

  disconnect(): void {
    this.connected = false;
  }

  emit(event: string, ...data: unknown[]): void {
    this.sent.push([event, ...data]);
  }

  on(event: string, listener: (...data: never[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  /** The connection stands. */
  open(): void {
    this.connected = true;
    this.receive("connect");
  }

  /** The connection breaks. */
  break(): void {
    this.connected = false;
    this.receive("disconnect", "transport close");
  }

  /** Something came in. */
  receive(event: string, ...data: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...(data as never[]));
  }
}
