import { type Inbound, type Outbound, PROTOCOL, SHAPES } from "../protocol.js";
import { MalformedMessage, parse } from "./messages.js";
import { type SessionAnswer, SessionRefused } from "./session.js";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;
/** A WebSocket that something on the way keeps closing is given up for long polling every other time. */
const WAYS = [
  ["websocket", "polling"],
  ["polling", "websocket"],
];
const PING_MS = 2000;
/** How often round trips are measured while little depends on them. */
const SELDOM_PING_MS = 10_000;
const PING_TIMEOUT_MS = 10_000;
/** A server that stays silent for so long has failed over this message, and is asked again. */
const ANSWER_TIMEOUT_MS = 30_000;

/** The part of a Socket.IO client that the page uses. */
export interface SocketLike {
  auth: Record<string, unknown> | ((respond: (auth: object) => void) => void);
  readonly connected: boolean;
  readonly io: { readonly opts: { transports?: unknown } };
  readonly volatile: { emit(event: string, ...data: unknown[]): unknown };
  connect(): unknown;
  disconnect(): unknown;
  emit(event: string, ...data: unknown[]): unknown;
  on(event: string, listener: (...data: never[]) => void): unknown;
}

/** What the connection tells its owner. */
export interface ConnectionListener {
  message<E extends keyof Outbound>(event: E, body: Outbound[E]): void;
  frame(bytes: Uint8Array): void;
  connected(): void;
  lost(): void;
  refused(error: SessionRefused): void;
  outdated(): void;
}

/**
 * The participant's control connection. When it breaks it comes back by itself, each time with a new
 * ticket, after pauses that grow and differ between pages: a restarted server is not stormed.
 */
export class Connection {
  /** Milliseconds of the last round trip, null before the first. */
  rttMs: number | null = null;
  readonly #socket: SocketLike;
  readonly #open: () => Promise<SessionAnswer>;
  readonly #listener: ConnectionListener;
  #failures = 0;
  #closed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #pingMs = PING_MS;
  readonly #asked = new Set<(answer: unknown) => void>();

  constructor(
    socket: SocketLike,
    open: () => Promise<SessionAnswer>,
    listener: ConnectionListener,
  ) {
    this.#socket = socket;
    this.#open = open;
    this.#listener = listener;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", () => this.#lost());
    socket.on("connect_error", () => this.#lost());
    socket.on("frame", (data: ArrayBuffer) => listener.frame(new Uint8Array(data)));
    for (const event of Object.keys(SHAPES) as (keyof Outbound)[]) {
      socket.on(event, (data: unknown) => this.#received(event, data));
    }
  }

  /** Connect with the ticket of a session that was just opened. */
  start(ticket: string): void {
    this.#socket.io.opts.transports = WAYS[this.#failures % WAYS.length];
    this.#socket.auth = { ticket, protocol: PROTOCOL };
    this.#socket.connect();
  }

  /** Send a message; one sent while the connection is away goes out when it is back. */
  send<E extends keyof Inbound>(event: E, body: Inbound[E]): void {
    if (!this.#closed) this.#socket.emit(event, body);
  }

  /** Send a message that is worth nothing later: it is dropped while the connection is away. */
  sendNow<E extends keyof Inbound>(event: E, body: Inbound[E]): void {
    this.#emitNow(event, body);
  }

  /**
   * Send a message and wait for its answer; null when it was not taken or nobody knows whether it was:
   * the connection is away, breaks before the answer is there, or the server stays silent.
   */
  request<E extends keyof Inbound>(event: E, body: Inbound[E]): Promise<unknown> {
    if (this.#closed || !this.#socket.connected) return Promise.resolve(null);
    return new Promise((resolve) => {
      const settle = (answer: unknown): void => {
        clearTimeout(deadline);
        this.#asked.delete(settle);
        resolve(answer);
      };
      const deadline = setTimeout(() => settle(null), ANSWER_TIMEOUT_MS);
      this.#asked.add(settle);
      this.#socket.emit(event, body, settle);
    });
  }

  /** Send an input on the fallback channel. */
  sendInput(bytes: Uint8Array): void {
    this.#emitNow("input", bytes);
  }

  /** Measure round trips less often for now, or as often as usual again. */
  measureSeldom(seldom: boolean): void {
    const pingMs = seldom ? SELDOM_PING_MS : PING_MS;
    if (pingMs === this.#pingMs) return;
    this.#pingMs = pingMs;
    if (!this.#closed && this.#socket.connected) this.#keepMeasuring();
  }

  /** Close for good. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    this.#leaveUnanswered();
    this.#socket.disconnect();
  }

  /** Not a volatile packet: between two requests of the polling transport those are lost as well. */
  #emitNow(event: string, data: unknown): void {
    if (!this.#closed && this.#socket.connected) this.#socket.emit(event, data);
  }

  #received<E extends keyof Outbound>(event: E, data: unknown): void {
    if (this.#closed) return;
    try {
      this.#listener.message(event, parse(event, data));
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      console.error("mug:", error.message);
    }
  }

  #connected(): void {
    this.#failures = 0;
    this.#keepMeasuring();
    this.#measure();
    this.#listener.connected();
  }

  #lost(): void {
    if (this.#closed) return;
    clearInterval(this.#ping);
    this.rttMs = null;
    this.#leaveUnanswered();
    this.#listener.lost();
    clearTimeout(this.#retry);
    const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => void this.#reconnect(), pause * (0.5 + Math.random() / 2));
  }

  #leaveUnanswered(): void {
    for (const settle of [...this.#asked]) settle(null);
  }

  async #reconnect(): Promise<void> {
    try {
      const session = await this.#open();
      if (this.#closed) return;
      if (session.protocol !== PROTOCOL) {
        this.close();
        this.#listener.outdated();
      } else {
        this.start(session.ticket);
      }
    } catch (error) {
      if (error instanceof SessionRefused) {
        this.close();
        this.#listener.refused(error);
      } else {
        this.#lost();
      }
    }
  }

  #keepMeasuring(): void {
    clearInterval(this.#ping);
    this.#ping = setInterval(() => this.#measure(), this.#pingMs);
  }

  #measure(): void {
    const sent = performance.now();
    // the previous measurement goes with it, for the study's data
    this.#socket.volatile.emit("rtt", this.rttMs, () => {
      const elapsed = performance.now() - sent;
      if (elapsed < PING_TIMEOUT_MS) this.rttMs = elapsed;
    });
  }
}
