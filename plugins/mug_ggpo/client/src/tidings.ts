import type { RuntimeMessage } from "@mug/client";
import type { Found, Way } from "./way.js";

/** What a page tells the server of its ways to others. */
export interface Tidings {
  /** Milliseconds between two looks at the ways. */
  readonly everyMs: number;
  /**
   * How a way was found to be; `hopeless` when no other than through the server is to be expected. Null when
   * there is nothing to tell.
   */
  found(peer: number, found: Found, hopeless: boolean): RuntimeMessage | null;
}

/** In a game: which way packets take, whenever that has changed. */
export class Changes implements Tidings {
  readonly everyMs = 1000;
  readonly #ways = new Map<number, Way>();

  found(peer: number, { way, rtt }: Found): RuntimeMessage | null {
    if (this.#ways.get(peer) === way) return null;
    this.#ways.set(peer, way);
    return { type: "way", peer, way, rtt };
  }
}

/**
 * Before a game: how far each page is. A page that is busy measures too long a time, so of some measurements
 * the shortest counts.
 */
export class Distances implements Tidings {
  static readonly MEASUREMENTS = 4;
  readonly everyMs = 250;
  readonly #measured = new Map<number, number[]>();

  found(peer: number, { way, rtt }: Found, hopeless: boolean): RuntimeMessage | null {
    const measured = this.#measured.get(peer) ?? [];
    this.#measured.set(peer, measured);
    if (measured.length >= Distances.MEASUREMENTS) return null;
    if (rtt !== null) measured.push(rtt);
    else if (!hopeless) return null;
    else measured.length = Distances.MEASUREMENTS;
    if (measured.length < Distances.MEASUREMENTS) return null;
    return { type: "way", peer, way, rtt: rtt === null ? null : Math.min(...measured) };
  }
}
