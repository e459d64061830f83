/** A game's state after so many of its records. */
export interface Snapshot {
  readonly records: number;
  readonly bytes: Uint8Array;
}

/** Records of a game in a row; `first` is the number of the first one. */
export interface Batch {
  readonly first: number;
  readonly lines: readonly string[];
}

/** What this browser kept of a game. */
export interface Kept {
  /** In order; they may overlap, or leave gaps where the server has the records. */
  readonly batches: readonly Batch[];
  readonly snapshot: Snapshot | null;
  /** Which of the pages that began to play the game it is from, null if that is not known. */
  readonly generation: number | null;
}

/** Keeps what one page has of one game. Once another page opened the game, nothing more is taken. */
export interface GameShelf {
  keep(batch: Batch): void;
  keepSnapshot(snapshot: Snapshot): void;
  /** Say which of the pages that began to play the game this one is. */
  belongs(generation: number): void;
  /** Let go of everything that was played. */
  clear(): void;
  /** Let go of the records before this number. */
  drop(before: number): void;
  /** Let go of the game. */
  forget(): void;
}

/** Keeps games in this browser, over reloads. */
export interface Shelf {
  /** Return what is kept of a game; it belongs to this page from now on. */
  open(game: string): Promise<{ readonly kept: Kept; readonly shelf: GameShelf }>;
  /** Return the games of which something is kept, with the time at which they were opened last. */
  games(): Promise<readonly { readonly game: string; readonly openedAt: number }[]>;
}

const NOTES = " notes";

/** The name under which notes about a game are kept beside it. */
export function notesOf(game: string): string {
  return game + NOTES;
}

/** The game that a name on a shelf belongs to, and whether it is that of its notes. */
export function kindOf(name: string): { readonly game: string; readonly notes: boolean } {
  const notes = name.endsWith(NOTES);
  return { game: notes ? name.slice(0, -NOTES.length) : name, notes };
}

const NOTHING: Kept = { batches: [], snapshot: null, generation: null };
const FORGETFUL: GameShelf = {
  keep() {},
  keepSnapshot() {},
  belongs() {},
  clear() {},
  drop() {},
  forget() {},
};

/** What is used where a browser keeps nothing: a reload costs what the server does not have yet. */
export const FORGETFUL_SHELF: Shelf = {
  open: () => Promise.resolve({ kept: NOTHING, shelf: FORGETFUL }),
  games: () => Promise.resolve([]),
};

/**
 * Whether what this browser kept is what was played last: another page may have gone on with the game.
 *
 * @param generation which of the pages that began to play this one is
 * @param next how many records the server has
 */
export function joinsOn(kept: Kept, generation: number, next: number): boolean {
  if (kept.generation === null || (kept.batches[0]?.first ?? -1) >= next) return true;
  // a server that was restarted counts anew
  return generation <= Math.max(1, kept.generation + 1);
}

/** Say how many records go away because another page has gone on with the game. */
export function tellDiscarded(rows: number): void {
  if (rows > 0) console.warn(`mug: another page plays this game by now; ${rows} rows do not count`);
}
