import type { Hello } from "./server_half.js";
import type { Snapshot } from "./shelf.js";

/** Where a page begins. */
export interface Beginning {
  /** Before the record of this number. */
  readonly next: number;
  /** Whether what this browser saved on the way there is still right. */
  readonly snapshots: boolean;
  /** What the page of another player says of where the game is beyond its records. */
  readonly checkpoint: Uint8Array | null;
}

/** Where a page begins that plays alone: where its records end. */
export function beginningAlone({ next, snapshots }: Hello): Beginning {
  return { next, snapshots, checkpoint: null };
}

/** What this browser saved on the way to where it begins, null if that is of no use. */
export function fitting(kept: Snapshot | null, { next, snapshots }: Beginning): Snapshot | null {
  return kept !== null && snapshots && kept.records <= next ? kept : null;
}
