import type { PeerProbe, ProbeHost, RuntimeMessage } from "@mug/client";
import { Attempt } from "./attempt.js";
import { readOffer, readSignal, type Signal } from "./signals.js";

const PINGS = 5;
const PING_EVERY_MS = 60;
/** Who is not reached by then is not reached. */
const REACH_WITHIN_MS = 2500;
const PING = 1;
const PONG = 2;

/** Measures the round trips to the pages of those with whom a group may form. */
export class Probe implements PeerProbe {
  readonly #host: ProbeHost;
  readonly #me: number;
  readonly #trips = new Map<number, Trips>();

  constructor(host: ProbeHost, raw: RuntimeMessage) {
    const { me, peers, configuration } = readOffer(raw);
    this.#host = host;
    this.#me = me;
    for (let peer = 0; peer < peers; peer++) {
      if (peer !== me) this.#trips.set(peer, this.#reach(peer, configuration));
    }
  }

  message(message: RuntimeMessage): void {
    const received = readSignal(message);
    if (received !== null) this.#trips.get(received.from)?.take(received.signal);
  }

  stop(): void {
    for (const trips of this.#trips.values()) trips.stop();
  }

  #reach(peer: number, configuration: RTCConfiguration): Trips {
    const measures = this.#me < peer;
    return new Trips(
      measures,
      configuration,
      (signal) => void this.#host.send({ ...signal, to: peer, mine: 1, theirs: 1 }),
      (rtt) => {
        // of each pair one page tells
        const way = rtt === null ? "relay" : "direct";
        if (measures) void this.#host.send({ type: "way", peer, way, rtt });
      },
    );
  }
}

/** The connection to one page, for as long as it takes to measure. */
class Trips {
  readonly #attempt: Attempt | null;
  readonly #measures: boolean;
  readonly #told: (rtt: number | null) => void;
  readonly #rtts: number[] = [];
  readonly #deadline: ReturnType<typeof setTimeout>;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #done = false;

  constructor(
    measures: boolean,
    configuration: RTCConfiguration,
    signal: (signal: Signal) => void,
    told: (rtt: number | null) => void,
  ) {
    this.#measures = measures;
    this.#told = told;
    this.#deadline = setTimeout(() => this.#tell(), REACH_WITHIN_MS);
    this.#attempt = this.#begin(configuration, signal);
    if (measures) this.#attempt?.offer(false);
  }

  take(signal: Signal): void {
    this.#attempt?.take(signal);
  }

  stop(): void {
    clearTimeout(this.#deadline);
    clearInterval(this.#pinging);
    this.#done = true;
    this.#attempt?.close();
  }

  #begin(configuration: RTCConfiguration, signal: (signal: Signal) => void): Attempt | null {
    try {
      return new Attempt(1, configuration, {
        signal,
        channel: (channel) => this.#use(channel),
        changed: (state) => {
          if (state === "failed") this.#tell();
        },
        refused: () => {},
      });
    } catch {
      queueMicrotask(() => this.#tell());
      return null;
    }
  }

  #use(channel: RTCDataChannel): void {
    channel.onopen = () => {
      if (this.#measures) this.#pinging = setInterval(() => this.#ping(channel), PING_EVERY_MS);
    };
    channel.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      const numbers = new Float64Array(event.data);
      const [kind, at] = numbers;
      if (kind === PING) channel.send(Float64Array.of(PONG, at ?? 0));
      else if (kind === PONG && at !== undefined) this.#came(performance.now() - at);
    };
  }

  #ping(channel: RTCDataChannel): void {
    if (channel.readyState === "open") channel.send(Float64Array.of(PING, performance.now()));
  }

  #came(rtt: number): void {
    this.#rtts.push(rtt);
    if (this.#rtts.length >= PINGS) this.#tell();
  }

  /** The median; null if the page was not reached. */
  #tell(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#deadline);
    clearInterval(this.#pinging);
    const sorted = [...this.#rtts].sort((one, other) => one - other);
    this.#told(sorted[Math.floor(sorted.length / 2)] ?? null);
  }
}
