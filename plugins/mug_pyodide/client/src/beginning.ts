import type { Hello } from "./server_half.js";
import type { Snapshot } from "./shelf.js";

/** Where a page begins: before the record of this number, in the state that was saved then if there is one. */
export interface Beginning {
  readonly next: number;
  readonly snapshot: Snapshot | null;
}

/** Where a page begins that plays alone: where its records end. */
export function beginningAlone({ next, snapshots }: Hello, kept: Snapshot | null): Beginning {
  const fits = kept !== null && snapshots && kept.records <= next;
  return { next, snapshot: fits ? kept : null };
}
