import type { RuntimeMessage } from "@mug/client";
import { Outbox, type OutboxOwner } from "./outbox.js";
import { ServerHalf } from "./server_half.js";
import { kindOf, type Shelf } from "./shelf.js";

/** A page that is opened again in the middle of a game has taken it back by then. */
const GRACE_MS = 5000;
/** How long a game that the server does not know of is offered. */
const PATIENCE_MS = 60_000;
/** After so long nobody goes on with a game. */
const FORGET_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Sends what is left of earlier games, whose pages were closed before the server had everything. */
export class Leftovers {
  readonly #shelf: Shelf;
  readonly #send: (game: string, message: RuntimeMessage) => Promise<RuntimeMessage | null>;
  readonly #left: (games: number) => void;
  readonly #played = new Set<string>();
  #halves: ServerHalf[] = [];

  constructor(
    shelf: Shelf,
    send: (game: string, message: RuntimeMessage) => Promise<RuntimeMessage | null>,
    left: (games: number) => void = () => {},
  ) {
    this.#shelf = shelf;
    this.#send = send;
    this.#left = left;
  }

  /** A game is played here: it sends by itself. */
  leaveAlone(game: string): void {
    this.#played.add(game);
  }

  /** The connection is back. */
  awake(): void {
    for (const half of this.#halves) half.awake();
  }

  /** Begin, once the page had the time to go on with the game it shows. */
  async begin(): Promise<void> {
    this.#left((await this.#shelf.games()).length);
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    for (const { game: name, openedAt } of await this.#shelf.games()) {
      if (!this.#played.has(kindOf(name).game)) await this.#sendOne(name, openedAt);
    }
    this.#left(0);
  }

  async #sendOne(name: string, openedAt: number): Promise<void> {
    const { game, notes } = kindOf(name);
    const { kept, shelf } = await this.#shelf.open(name);
    let refused = false;
    const half = new ServerHalf(
      (message) => this.#send(game, message),
      () => (refused = true),
      kept.generation ?? 0,
    );
    this.#halves.push(half);
    const owner: OutboxOwner = {
      gatherMs: () => 0,
      say: (message) => half.say(message),
      try: () => {},
      pause: () => half.pause(),
      changed: () => {},
      refused: (reason) => {
        refused = true;
        console.warn("mug: the server does not take the rest of an earlier game:", reason);
      },
    };
    const first = kept.batches[0]?.first ?? 0;
    const outbox = new Outbox(first, shelf, owner, notes ? "notes" : "records");
    outbox.adopt(kept.batches);
    const patience = setTimeout(() => half.close(), PATIENCE_MS);
    await outbox.drained();
    clearTimeout(patience);
    const sent = kept.batches.length > 0 && outbox.unacknowledged === 0;
    const done = sent || refused || Date.now() - openedAt > FORGET_AFTER_MS;
    if (done && !this.#played.has(game)) shelf.forget();
    this.#halves = this.#halves.filter((one) => one !== half);
  }
}
