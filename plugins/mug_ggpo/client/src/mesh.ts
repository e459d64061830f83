import type { Peers, PeersHost, RuntimeMessage } from "@mug/client";
import { Pair } from "./pair.js";
import { type Offer, readOffer, readSignal, type Signal } from "./signals.js";
import { Changes, Distances, type Tidings } from "./tidings.js";
import { WAYS } from "./way.js";

const AGAIN_MS = 1000;
/** ICE's code for a server that could not be reached; a browser says so of each way on which it was not. */
const UNREACHABLE = 701;

/** The connections of one page to all others. */
export class Mesh implements Peers {
  readonly #host: PeersHost;
  readonly #offer: Offer;
  readonly #pairs = new Map<number, Pair>();
  readonly #tidings: Tidings;
  /** What was told last of each peer: what came before need not be told any more. */
  readonly #news = new Map<number, RuntimeMessage>();
  readonly #refusals = new Set<string>();
  readonly #looking: ReturnType<typeof setInterval>;
  /** Those who wait for the connection to the server. */
  #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(host: PeersHost, offer: RuntimeMessage) {
    this.#host = host;
    this.#offer = readOffer(offer);
    host.report({ transport: "relay" });
    this.#offer.incarnations.forEach((incarnation, peer) => {
      if (peer === this.#offer.me) return;
      const pair = this.#pair(peer);
      this.#pairs.set(peer, pair);
      pair.began(incarnation);
    });
    this.#tidings = this.#offer.measures ? new Distances() : new Changes();
    this.#looking = setInterval(() => void this.#look(), this.#tidings.everyMs);
    void this.#look();
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
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#looking);
    for (const pair of this.#pairs.values()) pair.stop();
    for (const go of this.#waiting.splice(0)) go();
  }

  #pair(peer: number): Pair {
    const mine = this.#offer.incarnations[this.#offer.me]!;
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

  /** Say something to the server until it was taken, or holds no more. */
  async #say(message: RuntimeMessage, current: () => boolean): Promise<void> {
    while (!this.#stopped && current()) {
      if ((await this.#host.send(message)) !== null) return;
      await new Promise<void>((go) => {
        this.#waiting.push(go);
        setTimeout(go, AGAIN_MS);
      });
    }
  }

  /** See by which ways packets travel, and tell what is new. */
  async #look(): Promise<void> {
    const pairs = [...this.#pairs].filter(([, pair]) => pair.incarnation > 0);
    const found = await Promise.all(pairs.map(([, pair]) => pair.way()));
    if (this.#stopped) return;
    pairs.forEach(([peer, pair], index) => {
      const news = this.#tidings.found(peer, found[index]!, pair.hopeless);
      if (news === null) return;
      this.#news.set(peer, news);
      void this.#say(news, () => this.#news.get(peer) === news);
    });
    const worst = WAYS.findLast((way) => found.some((one) => one.way === way));
    if (worst !== undefined) this.#host.report({ transport: worst });
  }

  #refused({ errorCode, errorText, url }: RTCPeerConnectionIceErrorEvent): void {
    if (errorCode >= UNREACHABLE || this.#refusals.has(url)) return;
    this.#refusals.add(url);
    void this.#say({ type: "refused", url, code: errorCode, text: errorText }, () => true);
  }
}
