import type { RuntimeMessage } from "@mug/client";

const RETRY_MS = 1000;

/** How a game stands, as the server wants it. */
export interface GameState {
  readonly started: boolean;
  readonly paused: boolean;
  /** Why the game is to end, null while it goes on. */
  readonly stopped: string | null;
}

/** What the server says to a page that is there. */
export interface Hello extends GameState {
  /** Nothing is played any more. */
  readonly over: boolean;
  /** What Python has to know. */
  readonly open: { readonly scene_id: string } & Readonly<Record<string, unknown>>;
  /** Whether the game may go on from a snapshot of this browser. */
  readonly snapshots: boolean;
  /** How many records of this page's the server has. */
  readonly next: number;
  /** The server's time, in milliseconds since 1970. */
  readonly wall: number;
}

/** A part of a game's records. */
export interface History {
  readonly data: Uint8Array;
  /** Where the next part begins, if there is more. */
  readonly next: number;
  readonly more: boolean;
}

/** The runtime's half on the server. Whatever is said to it is said until it is taken. */
export class ServerHalf {
  readonly #send: (message: RuntimeMessage) => Promise<RuntimeMessage | null>;
  #wake: () => void = () => {};
  #closed = false;
  #quickest = Infinity;
  #ahead = 0;

  constructor(send: (message: RuntimeMessage) => Promise<RuntimeMessage | null>) {
    this.#send = send;
  }

  /** The connection is back: try at once. */
  awake(): void {
    this.#wake();
  }

  /** Say nothing more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Say something; null only when this was closed before it was taken. */
  async say(message: RuntimeMessage): Promise<RuntimeMessage | null> {
    while (!this.#closed) {
      const sent = Date.now();
      const answer = await this.#send(message);
      if (answer !== null) {
        this.#compareClocks(sent, answer["wall"]);
        return answer;
      }
      await this.pause();
    }
    return null;
  }

  /** Wait a moment, or until the connection is back. */
  async pause(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      const before = this.#wake;
      this.#wake = () => {
        clearTimeout(timer);
        before();
        resolve();
      };
    });
    this.#wake = () => {};
  }

  /** How far the server's clock is ahead of this browser's, in milliseconds, as the quickest answer has it. */
  get ahead(): number {
    return Math.round(this.#ahead);
  }

  /** @param live whether the game is played here already */
  async hello(live: boolean): Promise<Hello | null> {
    return (await this.say({ type: "hello", live })) as unknown as Hello | null;
  }

  #compareClocks(sent: number, wall: unknown): void {
    const received = Date.now();
    if (typeof wall !== "number" || received - sent >= this.#quickest) return;
    this.#quickest = received - sent;
    this.#ahead = wall - (sent + received) / 2;
  }

  /** Return the game's records from this one on, packed, in parts. */
  async *history(from: number): AsyncGenerator<{ data: Uint8Array; last: boolean }> {
    for (let next = from; ;) {
      const part = (await this.say({ type: "history", from: next })) as unknown as History | null;
      if (part === null) return;
      // Socket.IO brings bytes as a buffer
      yield { data: new Uint8Array(part.data), last: !part.more };
      if (!part.more) return;
      next = part.next;
    }
  }
}
