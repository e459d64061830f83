const WINDOW_MS = 1000;
/** A game in which nothing moves sends no more than a sign of life about once a second. */
const SILENCE_MS = 2500;

/** What `window.mug.debug()` tells of a game; null where it does not apply. */
export interface DebugFigures {
  frame: number | null;
  confirmedFrame: number | null;
  episode: number | null;
  step: number | null;
  stateHash: string | null;
  rollbacks: number | null;
  maxRollbackFrames: number | null;
  stalls: number | null;
  desyncs: number | null;
  transport: string | null;
  unackedRecords: number | null;
  /** Peer to peer: frames that were simulated again, in all. */
  resimulatedFrames: number | null;
  /** Peer to peer: bytes that were sent to other pages, in all. */
  sentBytes: number | null;
  /** Peer to peer: by how many frames this page is ahead of the one that differs most. */
  framesAhead: number | null;
  /** Peer to peer: milliseconds to each other page and back, by its seat; null for one that is not heard. */
  peerRttMs: Readonly<Record<string, number | null>> | null;
  /** Milliseconds that a step of the environment takes, with everything around it. */
  stepMs: number | null;
  /** Milliseconds that a step's outcome takes from one language to the other. */
  crossingMs: number | null;
  /** Milliseconds that loading took, by stage. */
  boot: Readonly<Record<string, number>> | null;
}

/** The figures of one game, and how many of its ticks pass in a second. */
export class GameStats {
  figures: DebugFigures = {
    frame: null,
    confirmedFrame: null,
    episode: null,
    step: null,
    stateHash: null,
    rollbacks: null,
    maxRollbackFrames: null,
    stalls: null,
    desyncs: null,
    transport: null,
    unackedRecords: null,
    resimulatedFrames: null,
    sentBytes: null,
    framesAhead: null,
    peerRttMs: null,
    stepMs: null,
    crossingMs: null,
    boot: null,
  };
  #ticks: { at: number; frame: number }[] = [];

  /** A tick was shown. */
  tick(figures: Partial<DebugFigures> & { frame: number }, now: number): void {
    this.report(figures);
    this.#ticks.push({ at: now, frame: figures.frame });
    this.#forgetOld(now);
  }

  /** Take in figures. */
  report(figures: Partial<DebugFigures>): void {
    this.figures = { ...this.figures, ...figures };
  }

  /** Ticks in a second, over the last second or since the message before; null while nothing arrives. */
  fps(now: number): number | null {
    this.#forgetOld(now);
    const [first, last] = [this.#ticks[0], this.#ticks.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return null;
    const fps = ((last.frame - first.frame) * 1000) / (last.at - first.at);
    return fps < 0 ? null : Math.round(fps * 10) / 10;
  }

  #forgetOld(now: number): void {
    if (now - (this.#ticks.at(-1)?.at ?? now) > SILENCE_MS) this.#ticks = [];
    while (this.#ticks.length > 2 && now - this.#ticks[1]!.at > WINDOW_MS) this.#ticks.shift();
  }
}
