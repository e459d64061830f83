import type { RuntimeMessage } from "@mug/client";
import type { OutboxOwner } from "./outbox.js";

const RETRY_MS = 1000;
const CLOCK_QUESTIONS = 2;
/** Nothing, packed. */
const NO_RECORDS = { data: new Uint8Array([3, 0]), last: true };

/** How a game stands, as the server wants it. */
export interface GameState {
  readonly started: boolean;
  readonly paused: boolean;
  /** Why the game is to end, null while it goes on. */
  readonly stopped: string | null;
  /** The peers whose page is not there, or cannot play; only where several pages play. */
  readonly away?: readonly number[];
  /** Seats that policies have for good, each with the policy's reference. */
  readonly taken?: readonly (readonly [string | number, unknown])[];
}

/** What the server says to a page that is there. */
export interface Hello extends GameState {
  /** Nothing is played any more. */
  readonly over: boolean;
  /** What Python has to know. */
  readonly open: {
    readonly scene_id: string;
    /** Which of the pages that play this game this one is; only where several do. */
    readonly peer?: number;
    /** The name of the file that the scene is packed in. */
    readonly scene_pack: string;
  } & Readonly<Record<string, unknown>>;
  /** Which of the pages that began to play this game this one is; every later message says it. */
  readonly generation: number;
  /** Whether the game may go on from a snapshot of this browser. */
  readonly snapshots: boolean;
  /** How many records of this page's the server has. */
  readonly next: number;
  /** The server's time, in milliseconds since 1970. */
  readonly wall: number;
  /** What the transport between pages offers a page that begins; only where several pages play. */
  readonly peers?: RuntimeMessage | null;
  /** Whether what this browser has kept of the game counts: nobody else plays it. */
  readonly keeps?: boolean;
  /** Whether this page's player was away, and the pages have not been told so. */
  readonly returned?: boolean;
  /** How many notes of this page's seat the server has. */
  readonly notes?: number;
}

/** A part of a game's records. */
export interface History {
  readonly data: Uint8Array;
  /** Where the next part begins, if there is more. */
  readonly next: number;
  readonly more: boolean;
}

/**
 * The runtime's half on the server. Whatever is said to it is said until it is taken, and with it which of the
 * pages that began to play the game says so.
 */
export class ServerHalf {
  readonly #send: (message: RuntimeMessage) => Promise<RuntimeMessage | null>;
  readonly #stale: () => void;
  #wake: () => void = () => {};
  #closed = false;
  #generation: number | null;
  #quickest = Infinity;
  #ahead = 0;

  /**
   * @param stale called when another page plays the game by now; nothing more is said then
   * @param generation which page speaks, where none says hello
   */
  constructor(
    send: (message: RuntimeMessage) => Promise<RuntimeMessage | null>,
    stale: () => void,
    generation: number | null = null,
  ) {
    this.#send = send;
    this.#stale = stale;
    this.#generation = generation;
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
      const answer = await this.ask(message);
      if (answer !== null) return answer;
      await this.pause();
    }
    return null;
  }

  /** Say something once; null if it was not taken, as far as is known. */
  async ask(message: RuntimeMessage): Promise<RuntimeMessage | null> {
    if (this.#closed) return null;
    const sent = Date.now();
    const answer = await this.#send(this.#signed(message));
    if (answer?.["stale"] === true) {
      if (!this.#closed) {
        this.close();
        this.#stale();
      }
      return null;
    }
    if (answer !== null) this.#compareClocks(sent, answer["wall"]);
    return answer;
  }

  /** Say something once, and leave it at that. */
  try(message: RuntimeMessage): void {
    if (!this.#closed) void this.#send(this.#signed(message));
  }

  /** Return what an outbox needs to send through this. */
  takesFrom(
    gatherMs: OutboxOwner["gatherMs"],
    changed: OutboxOwner["changed"],
    refused: OutboxOwner["refused"],
  ): OutboxOwner {
    return {
      gatherMs,
      say: (message) => this.say(message),
      try: (message) => this.try(message),
      pause: () => this.pause(),
      changed,
      refused,
    };
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
    if (!live) this.#generation = null;
    const answer = (await this.say({ type: "hello", live })) as unknown as Hello | null;
    if (answer !== null) this.#generation = answer.generation;
    return answer;
  }

  /** The first answer came while the page was busy; further ones tell better how the clocks differ. */
  async compareClocks(): Promise<void> {
    for (let count = 0; count < CLOCK_QUESTIONS; count++) await this.hello(true);
  }

  #signed(message: RuntimeMessage): RuntimeMessage {
    return this.#generation === null ? message : { ...message, generation: this.#generation };
  }

  #compareClocks(sent: number, wall: unknown): void {
    const received = Date.now();
    if (typeof wall !== "number" || received - sent >= this.#quickest) return;
    this.#quickest = received - sent;
    this.#ahead = wall - (sent + received) / 2;
  }

  /**
   * Return the game's records from this one on, packed, in parts.
   *
   * @param none it is known that there are none
   */
  async *history(from: number, none: boolean): AsyncGenerator<{ data: Uint8Array; last: boolean }> {
    if (none) {
      yield NO_RECORDS;
      return;
    }
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
