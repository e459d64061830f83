import type { RuntimeMessage } from "@mug/client";
import { deflate, deflateStored } from "./deflate.js";
import type { Batch, GameShelf } from "./shelf.js";

const KEEP_MS = 200;
/** Characters of records in one message, unless a single one is longer. */
const MESSAGE_LENGTH = 256 * 1024;
/** What fits into a message in any case, whichever way it goes. */
const LONGEST_MESSAGE = 700 * 1024;
/** Characters of records that can be sent without being packed, as a page does that may be gone in a moment. */
const LONGEST_FAREWELL = LONGEST_MESSAGE / 3;
/** Characters of records above which no more are gathered. */
const MOST_GATHERED = 0.75 * LONGEST_FAREWELL;

/** Where records go to. */
export interface OutboxOwner {
  /** For how many milliseconds records that nobody waits for are gathered from now on. */
  gatherMs(): number;
  /** Say something to the server until it is taken; null when it is too late for that. */
  say(message: RuntimeMessage): Promise<RuntimeMessage | null>;
  /** Say something to the server, once, and leave it at that. */
  try(message: RuntimeMessage): void;
  /** Wait a moment before something is said again. */
  pause(): Promise<void>;
  /** So many records are not acknowledged. */
  changed(unacknowledged: number): void;
  /** The server does not take these records: for good. */
  refused(reason: string): void;
}

/** Sends a game's records, or notes about this page, in order, in batches, each until the server has it. */
export class Outbox {
  readonly #shelf: GameShelf;
  readonly #owner: OutboxOwner;
  readonly #kind: "records" | "notes";
  #lines: string[] = [];
  #first: number;
  /** The number of the first record that is not on the shelf. */
  #unkept: number;
  /** Records before this number are to be sent now. */
  #due: number;
  /** Characters of those that are not. */
  #gathered = 0;
  #sending = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];

  /** @param next the number of the next record */
  constructor(
    next: number,
    shelf: GameShelf,
    owner: OutboxOwner,
    kind: "records" | "notes" = "records",
  ) {
    this.#kind = kind;
    this.#first = this.#unkept = this.#due = next;
    this.#shelf = shelf;
    this.#owner = owner;
  }

  /** The number of the next record. */
  get next(): number {
    return this.#first + this.#lines.length;
  }

  /** How many records the server does not have, as far as is known. */
  get unacknowledged(): number {
    return this.#lines.length;
  }

  /** Take what an earlier page has left, as far as the server does not have it. False if some is missing. */
  adopt(batches: readonly Batch[]): boolean {
    for (const { first, lines } of batches) {
      if (first > this.next) return false;
      this.#lines.push(...lines.slice(this.next - first));
    }
    this.#unkept = this.next;
    this.#changed();
    return true;
  }

  /** Begin with another number; return how many records are let go of for that. */
  beginAt(next: number): number {
    const discarded = this.#lines.length;
    this.#lines = [];
    this.#first = this.#unkept = this.#due = next;
    this.#shelf.clear();
    this.#changed();
    return discarded;
  }

  /** Take records; urgent ones leave at once, with all before them. */
  add(lines: readonly string[], urgent: boolean): void {
    if (this.#closed) return;
    this.#lines.push(...lines);
    this.#changed();
    this.#gathered += lines.reduce((length, line) => length + line.length, 0);
    if (urgent || this.#gathered > MOST_GATHERED) this.flush();
    else {
      this.#timer ??= setTimeout(() => this.flush(), this.#owner.gatherMs());
      this.#keepTimer ??= setTimeout(() => this.keep(), KEEP_MS);
    }
  }

  /** Keep and send everything that is here. */
  flush(): void {
    this.#stopTimer();
    this.keep();
    this.#due = this.next;
    this.#gathered = 0;
    void this.#send();
  }

  /** Keep everything that is here in this browser. */
  keep(): void {
    clearTimeout(this.#keepTimer);
    this.#keepTimer = undefined;
    const lines = this.#lines.slice(Math.max(0, this.#unkept - this.#first));
    if (lines.length > 0) this.#shelf.keep({ first: this.next - lines.length, lines });
    this.#unkept = this.next;
  }

  /** The page may be gone in a moment: keep everything, and send what can be sent without waiting. */
  hurry(): void {
    this.keep();
    const text = this.#lines.join("\n");
    if (this.#lines.length === 0 || text.length > LONGEST_FAREWELL) return;
    this.#owner.try({ type: this.#kind, first: this.#first, data: deflateStored(text) });
  }

  /** The server has every record before this number. */
  acknowledge(next: number): void {
    if (next < this.#first) {
      this.#refuse(`the server has ${next} records, where it had ${this.#first}`);
      return;
    }
    if (next === this.#first) return;
    this.#lines.splice(0, next - this.#first);
    this.#first = next;
    this.#unkept = Math.max(this.#unkept, next);
    this.#shelf.drop(next);
    this.#changed();
  }

  /** Resolves when the server has everything, or takes nothing more. */
  async drained(): Promise<void> {
    if (this.#lines.length === 0 || this.#closed) return;
    this.flush();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Send nothing more; what is here stays on the shelf. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
    clearTimeout(this.#keepTimer);
    this.#finish();
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#first < this.#due && !this.#closed) await this.#sendPart();
    this.#sending = false;
  }

  async #sendPart(): Promise<void> {
    const first = this.#first;
    const data = await deflate(this.#nextPart());
    if (this.#closed || first !== this.#first) return;
    if (data.byteLength > LONGEST_MESSAGE) {
      this.#refuse("a record is too large to be sent");
      return;
    }
    const answer = await this.#owner.say({ type: this.#kind, first, data });
    if (answer === null) this.close();
    if (answer === null || this.#closed) return;
    if (typeof answer["refused"] === "string") {
      this.#refuse(answer["refused"]);
      return;
    }
    const next = Number(answer["next"]);
    this.acknowledge(next);
    if (next === first) await this.#owner.pause();
  }

  #nextPart(): string {
    let length = 0;
    let count = 0;
    for (; count < this.#due - this.#first; count++) {
      length += this.#lines[count]!.length;
      if (length > MESSAGE_LENGTH && count > 0) break;
    }
    return this.#lines.slice(0, count).join("\n");
  }

  #refuse(reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#owner.refused(reason);
  }

  #changed(): void {
    this.#owner.changed(this.#lines.length);
    if (this.#lines.length === 0) this.#finish();
  }

  #finish(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
