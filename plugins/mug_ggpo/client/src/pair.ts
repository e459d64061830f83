import { Attempt } from "./attempt.js";
import { Relay } from "./relay.js";
import type { Signal } from "./signals.js";
import { type Found, wayOf } from "./way.js";

/** A connection that does not stand by then is given up; the game plays through the server meanwhile. */
const CONNECT_MS = 10_000;
/** A connection that was lost and is not back by then is made anew. */
const MEND_MS = 8_000;
/** After each failure in a row, how long to wait before the next attempt. */
const WAITS_MS = [2_000, 5_000, 15_000, 30_000, 60_000];
const MOST_EARLY = 64;

/** What the connection to one peer needs of its surroundings. */
export interface PairOwner {
  readonly configuration: RTCConfiguration;
  /** Say something to the peer's page, for as long as `current` holds. */
  signal(signal: Signal, current: () => boolean): void;
  sendPacket(bytes: Uint8Array): void;
  link(port: RTCDataChannel | MessagePort): void;
  refused(event: RTCPeerConnectionIceErrorEvent): void;
}

/**
 * The ways to one peer. Packets go through the server from the first moment; meanwhile the pages try to
 * connect, directly and by TURN, and take that way for as long as it stands. Of the two pages one offers.
 */
export class Pair {
  readonly #owner: PairOwner;
  readonly #offers: boolean;
  readonly #relay: Relay;
  /** Candidates of an attempt whose offer has not come yet. */
  #early: Signal[] = [];
  #incarnation = 0;
  #attempts = 0;
  #failures = 0;
  #attempt: Attempt | null = null;
  #stood = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(peer: number, offers: boolean, owner: PairOwner) {
    this.#owner = owner;
    this.#offers = offers;
    this.#relay = new Relay(peer, (bytes) => owner.sendPacket(bytes));
    owner.link(this.#relay.port);
  }

  /** How often the peer's page has begun, as far as is known here. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** The peer's page has begun, perhaps again: it knows nothing of what was before. */
  began(incarnation: number): void {
    if (incarnation <= this.#incarnation) return;
    this.#incarnation = incarnation;
    this.#failures = 0;
    this.#early = [];
    this.#giveUp();
    if (!this.#offers) this.#attempts = 0;
    if (this.#offers) this.#begin();
  }

  /** The peer's page says something. */
  take(signal: Signal): void {
    const attempt = this.#attempt;
    if (signal.attempt === attempt?.number) {
      if (signal.type !== "restart") attempt.take(signal);
      else this.#asked(attempt);
    } else if (!this.#offers && signal.attempt > this.#attempts) {
      if (signal.type === "candidate") this.#keep(signal);
      else if (signal.type === "offer") this.#answer(signal);
    }
  }

  /** A packet of the peer came through the server. */
  packet(packet: Uint8Array): void {
    this.#relay.receive(packet);
  }

  /** The connection to the server is back: what waited for its time can be tried at once. */
  hurry(): void {
    if (this.#offers && this.#attempt === null && this.#incarnation > 0) this.#begin();
  }

  /** By which way packets travel now; asked for about once a second. */
  async way(): Promise<Found> {
    const relayed = this.#relay.wasUsed();
    const found = this.#attempt?.connected
      ? await wayOf(this.#attempt.connection).catch(() => null)
      : null;
    return relayed || found === null ? { way: "relay", rtt: null } : found;
  }

  stop(): void {
    this.#stopped = true;
    this.#giveUp();
    this.#relay.close();
  }

  #begin(): void {
    this.#giveUp();
    this.#make(this.#attempts + 1)?.offer(false);
  }

  #answer(offer: Signal): void {
    this.#giveUp();
    const attempt = this.#make(offer.attempt);
    attempt?.take(offer);
    for (const early of this.#early.splice(0)) {
      if (early.attempt === offer.attempt) attempt?.take(early);
    }
  }

  #make(number: number): Attempt | null {
    this.#attempts = number;
    const incarnation = this.#incarnation;
    const current = () => this.#attempts === number && this.#incarnation === incarnation;
    try {
      this.#attempt = new Attempt(number, this.#owner.configuration, {
        signal: (signal) => this.#owner.signal(signal, current),
        channel: (channel) => this.#owner.link(channel),
        changed: (state) => this.#changed(state),
        refused: (event) => this.#owner.refused(event),
      });
    } catch (error) {
      console.warn("mug: this browser does not connect to other pages:", error);
      return null;
    }
    this.#within(CONNECT_MS, () => this.#failed());
    return this.#attempt;
  }

  #changed(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      this.#stood = true;
      this.#failures = 0;
      clearTimeout(this.#timer);
    } else if (state === "disconnected" || (state === "failed" && this.#stood)) {
      this.#mend();
    } else if (state === "failed") {
      this.#failed();
    }
  }

  /** The peer's page does not hear this one any more. */
  #asked(attempt: Attempt): void {
    if (attempt.connected) attempt.offer(true);
    else this.#mend();
  }

  /** The connection stood and is lost: look for another way for it, once. */
  #mend(): void {
    if (!this.#stood || this.#attempt === null) return;
    this.#stood = false;
    if (this.#offers) this.#attempt.offer(true);
    else this.#owner.signal({ type: "restart", attempt: this.#attempt.number }, () => !this.#stood);
    this.#within(MEND_MS, () => this.#failed());
  }

  #failed(): void {
    this.#giveUp();
    const wait = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)]!;
    this.#failures += 1;
    if (this.#offers) this.#within(wait, () => this.#begin());
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#attempt?.close();
    this.#attempt = null;
    this.#stood = false;
  }

  #keep(signal: Signal): void {
    if (this.#early.length < MOST_EARLY) this.#early.push(signal);
  }

  #within(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(then, ms);
  }
}
