import type { Peers, PeersHost, RuntimeMessage } from "@mug/client";
import { Pair } from "./pair.js";
import { type Offer, readOffer, readSignal, type Signal } from "./signals.js";
import { type Found, type Way, WAYS } from "./way.js";

const LOOK_MS = 1000;
const AGAIN_MS = 1000;
/** ICE's code for a server that could not be reached; a browser says so of each way on which it was not. */
const UNREACHABLE = 701;

/** The connections of one page to all others. */
export class Mesh implements Peers {
  readonly #host: PeersHost;
  readonly #offer: Offer;
  readonly #pairs = new Map<number, Pair>();
  readonly #ways = new Map<number, Way>();
  readonly #refusals = new Set<string>();
  readonly #looking: ReturnType<typeof setInterval>;
  /** Those who wait for the connection to the server. */
  #waiting: (() => void)[] = [];
  #greetings = 0;
  #stopped = false;

  constructor(host: PeersHost, offer: RuntimeMessage) {
    this.#host = host;
    this.#offer = readOffer(offer);
    host.report({ transport: "relay" });
    for (let peer = 0; peer < this.#offer.peers; peer++) {
      if (peer !== this.#offer.me) this.#pairs.set(peer, this.#pair(peer));
    }
    void this.#greet();
    this.#looking = setInterval(() => void this.#look(), LOOK_MS);
  }

  message(message: RuntimeMessage): void {
    if (message["type"] === "began") {
      this.#pairs.get(message["peer"] as number)?.began(message["incarnation"] as number);
      return;
    }
    const received = readSignal(message);
    const pair = received === null ? undefined : this.#pairs.get(received.from);
    if (received === null || pair?.incarnation !== received.incarnation) return;
    pair.take(received.signal);
  }

  packet(bytes: Uint8Array): void {
    if (bytes.length > 1) this.#pairs.get(bytes[0]!)?.packet(bytes.subarray(1));
  }

  connection(there: boolean): void {
    if (!there) return;
    for (const go of this.#waiting.splice(0)) go();
    for (const pair of this.#pairs.values()) pair.hurry();
    void this.#greet();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#looking);
    for (const pair of this.#pairs.values()) pair.stop();
    for (const go of this.#waiting.splice(0)) go();
  }

  #pair(peer: number): Pair {
    const mine = this.#offer.incarnation;
    return new Pair(peer, this.#offer.me < peer, {
      configuration: this.#offer.configuration,
      sendPacket: (bytes) => this.#host.sendPacket(bytes),
      link: (port) => this.#host.link(peer, port),
      refused: (event) => this.#refused(event),
      signal: (signal: Signal, current) => {
        const theirs = this.#pairs.get(peer)?.incarnation;
        void this.#say({ ...signal, to: peer, mine, theirs }, current);
      },
    });
  }

  /** Say that this page is here, and hear which others are: they may have begun while nothing came through. */
  async #greet(): Promise<void> {
    const greeting = (this.#greetings += 1);
    const answer = await this.#say(
      { type: "here", mine: this.#offer.incarnation },
      () => this.#greetings === greeting,
    );
    if (this.#stopped || answer === null) return;
    for (const [peer, incarnation] of ((answer["incarnations"] ?? []) as number[]).entries()) {
      if (incarnation > 0) this.#pairs.get(peer)?.began(incarnation);
    }
    await this.#look();
  }

  /** Say something to the server until it was taken, or holds no more. */
  async #say(message: RuntimeMessage, current: () => boolean): Promise<RuntimeMessage | null> {
    while (!this.#stopped && current()) {
      const answer = await this.#host.send(message);
      if (answer !== null) return answer;
      await new Promise<void>((go) => {
        this.#waiting.push(go);
        setTimeout(go, AGAIN_MS);
      });
    }
    return null;
  }

  /** See by which ways packets travel, and tell when that has changed. */
  async #look(): Promise<void> {
    const pairs = [...this.#pairs].filter(([, pair]) => pair.incarnation > 0);
    const found = await Promise.all(pairs.map(([, pair]) => pair.way()));
    if (this.#stopped) return;
    pairs.forEach(([peer], index) => this.#note(peer, found[index]!));
    const worst = WAYS.findLast((way) => [...this.#ways.values()].includes(way));
    if (worst !== undefined) this.#host.report({ transport: worst });
  }

  #note(peer: number, { way, rtt }: Found): void {
    if (this.#ways.get(peer) === way) return;
    this.#ways.set(peer, way);
    void this.#say({ type: "way", peer, way, rtt }, () => this.#ways.get(peer) === way);
  }

  #refused({ errorCode, errorText, url }: RTCPeerConnectionIceErrorEvent): void {
    if (errorCode >= UNREACHABLE || this.#refusals.has(url)) return;
    this.#refusals.add(url);
    void this.#say({ type: "refused", url, code: errorCode, text: errorText }, () => true);
  }
}
