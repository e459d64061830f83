import type { Batch, GameShelf, Kept, Shelf, Snapshot } from "../../src/shelf.js";

interface Row {
  batches: Batch[];
  snapshot: Snapshot | null;
  openedAt: number;
  generation: number | null;
}

/** A shelf in memory, that outlives "pages" as IndexedDB does. */
export class FakeShelf implements Shelf {
  readonly rows = new Map<string, Row>();

  open(game: string): Promise<{ kept: Kept; shelf: GameShelf }> {
    const row = this.rows.get(game) ?? {
      batches: [],
      snapshot: null,
      openedAt: 0,
      generation: null,
    };
    row.openedAt = Date.now();
    this.rows.set(game, row);
    const kept = { batches: [...row.batches], snapshot: row.snapshot, generation: row.generation };
    const shelf: GameShelf = {
      keep: (batch) => void row.batches.push(batch),
      keepSnapshot: (snapshot) => void (row.snapshot = snapshot),
      belongs: (generation) => void (row.generation = generation),
      clear: () => Object.assign(row, { batches: [], snapshot: null }),
      drop: (before) => {
        row.batches = row.batches.filter(({ first, lines }) => first + lines.length > before);
      },
      forget: () => void this.rows.delete(game),
    };
    return Promise.resolve({ kept, shelf });
  }

  games(): Promise<{ game: string; openedAt: number }[]> {
    return Promise.resolve([...this.rows].map(([game, { openedAt }]) => ({ game, openedAt })));
  }

  /** Every record that is kept of a game. */
  lines(game: string): string[] {
    return this.rows.get(game)?.batches.flatMap(({ lines }) => lines) ?? [];
  }
}
