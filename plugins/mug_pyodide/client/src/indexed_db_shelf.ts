import {
  type Batch,
  FORGETFUL_SHELF,
  type GameShelf,
  type Kept,
  type Shelf,
  type Snapshot,
} from "./shelf.js";

const GAMES = "games";
const BATCHES = "batches";
/** How long a browser may take to open its database; some never do. */
const PATIENCE_MS = 3000;

interface GameRow {
  readonly game: string;
  /** Who may write: the page that opened the game last. */
  readonly page: string;
  readonly openedAt: number;
  readonly snapshot: Snapshot | null;
  readonly generation: number | null;
}

interface BatchRow extends Batch {
  readonly game: string;
}

/** Keeps games in IndexedDB. Where that does not work, or stops working, nothing is kept, with a warning. */
export class IndexedDbShelf implements Shelf {
  readonly #page: string = Math.random().toString(36).slice(2);
  readonly #database: Promise<IDBDatabase | null>;
  #works = true;

  /** @param name what distinguishes this experiment from others on the same server */
  constructor(name: string) {
    this.#database = openDatabase(name).catch((error: unknown) => {
      this.#fail(error);
      return null;
    });
  }

  async open(game: string): Promise<{ kept: Kept; shelf: GameShelf }> {
    const shelf: GameShelf = {
      keep: (batch) => this.#write(game, (to) => to.batches.put({ game, ...batch })),
      keepSnapshot: (snapshot) =>
        this.#write(game, (to, row) => to.games.put({ ...row, snapshot })),
      belongs: (generation) => this.#write(game, (to, row) => to.games.put({ ...row, generation })),
      clear: () =>
        this.#write(game, ({ games, batches }, row) => {
          games.put({ ...row, snapshot: null });
          batches.delete(allOf(game));
        }),
      drop: (before) => this.#write(game, ({ batches }) => drop(batches, game, before)),
      forget: () =>
        this.#write(game, ({ games, batches }) => {
          games.delete(game);
          batches.delete(allOf(game));
        }),
    };
    const row = await this.#transaction<{ kept: Kept }>("readwrite", ({ games, batches }, done) => {
      const before = games.get(game) as IDBRequest<GameRow | undefined>;
      const rows = batches.getAll(allOf(game)) as IDBRequest<BatchRow[]>;
      rows.onsuccess = () => {
        const { snapshot = null, generation = null } = before.result ?? {};
        const [page, openedAt] = [this.#page, Date.now()];
        games.put({ game, page, openedAt, snapshot, generation } satisfies GameRow);
        done({ kept: { batches: rows.result, snapshot, generation } });
      };
    });
    return row === null ? FORGETFUL_SHELF.open(game) : { ...row, shelf };
  }

  async games(): Promise<readonly GameRow[]> {
    const rows = await this.#transaction<GameRow[]>("readonly", ({ games }, done) => {
      const request = games.getAll() as IDBRequest<GameRow[]>;
      request.onsuccess = () => done(request.result);
    });
    return rows ?? [];
  }

  /** Change what is kept of a game, unless another page opened it since. */
  #write(game: string, change: (stores: Stores, row: GameRow) => void): void {
    void this.#transaction<void>("readwrite", (stores) => {
      const request = stores.games.get(game) as IDBRequest<GameRow | undefined>;
      request.onsuccess = () => {
        if (request.result?.page === this.#page) change(stores, request.result);
      };
    });
  }

  /** Run a transaction; null if it cannot be. */
  async #transaction<T>(
    mode: IDBTransactionMode,
    work: (stores: Stores, done: (result: T) => void) => void,
  ): Promise<T | null> {
    const database = await this.#database;
    if (database === null || !this.#works) return null;
    try {
      return await new Promise<T | null>((resolve, reject) => {
        const transaction = database.transaction([GAMES, BATCHES], mode);
        let result: T | null = null;
        transaction.oncomplete = () => resolve(result);
        transaction.onabort = () => reject(transaction.error ?? new Error("it was aborted"));
        const stores = {
          games: transaction.objectStore(GAMES),
          batches: transaction.objectStore(BATCHES),
        };
        work(stores, (value) => (result = value));
      });
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  #fail(error: unknown): void {
    if (this.#works) console.warn("mug: this browser keeps nothing over a reload:", error);
    this.#works = false;
  }
}

interface Stores {
  readonly games: IDBObjectStore;
  readonly batches: IDBObjectStore;
}

function allOf(game: string): IDBKeyRange {
  return IDBKeyRange.bound([game, 0], [game, Infinity]);
}

function drop(batches: IDBObjectStore, game: string, before: number): void {
  const range = IDBKeyRange.bound([game, 0], [game, before], false, true);
  const request = batches.openCursor(range);
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    const { first, lines } = cursor.value as BatchRow;
    if (first + lines.length <= before) cursor.delete();
    cursor.continue();
  };
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    setTimeout(() => reject(new Error("it does not answer")), PATIENCE_MS);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(GAMES, { keyPath: "game" });
      request.result.createObjectStore(BATCHES, { keyPath: ["game", "first"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("it cannot be opened"));
  });
}
