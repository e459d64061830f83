import { MovingAverage } from "@mug/client";
import { inflate } from "../deflate.js";
import type { FromWorker, ToWorker } from "../messages.js";
import type { InferenceWanted, Turn } from "../turn.js";
import { Clock } from "./clock.js";
import type { Result } from "./models.js";
import { PeerLinks } from "./peer_links.js";
import { type BufferProxy, type Numbers, numbersOf, type Player } from "./python.js";

const SNAPSHOT_EVERY_MS = 3000;
/** Taking snapshots may use up one part in so many of the time. */
const SNAPSHOT_SHARE = 100;

/** What a game in the worker needs. */
export interface SessionSurroundings {
  post(message: FromWorker): void;
  /** Turn bytes into Python's. */
  bytes(content: Uint8Array): unknown;
  infer(wanted: InferenceWanted, feed: (input: string) => Numbers): Promise<Result[]>;
}

/** One game in Python: takes its turns when they are due, and says what came of them. */
export class Session {
  readonly #player: Player;
  readonly #around: SessionSurroundings;
  readonly #clock: Clock;
  readonly #peers: PeerLinks;
  readonly #crossing = new MovingAverage();
  readonly #step = new MovingAverage();
  #records = 0;
  #inferring = false;
  #ready = false;
  #over = false;
  #canSave = true;
  #nextSnapshot = 0;
  /** Parts of the history are unpacked one after the other. */
  #history: Promise<void> = Promise.resolve();
  /** All of it is there. Other pages may have spoken before: a game must not begin where its records go on. */
  #complete = false;

  constructor(player: Player, around: SessionSurroundings) {
    this.#player = player;
    this.#around = around;
    this.#clock = new Clock(() => this.#guarded(() => this.#turn()) ?? null);
    this.#peers = new PeerLinks((peer, packet) => this.#guarded(() => this.#hear(peer, packet)));
  }

  /** Do what the page says. */
  receive(message: Exclude<ToWorker, { type: "boot" | "examine" | "ping" }>): void {
    this.#guarded(() => this.#receive(message));
  }

  #receive(message: Exclude<ToWorker, { type: "boot" | "examine" | "ping" }>): void {
    const now = performance.now() / 1000;
    switch (message.type) {
      case "open":
        this.#open(message);
        break;
      case "history":
        this.#history = this.#history.then(() => this.#take(message.data, message.last));
        break;
      case "input": {
        const { kind, seq, action, x, y } = message;
        this.#player.input(now, kind, seq, action, x, y);
        break;
      }
      case "command":
        this.#history = this.#history.then(() => this.#guarded(() => this.#command(message)));
        break;
      case "snapshot":
        this.#save();
        break;
      case "checkpoint": {
        const bytes = bytesOf(this.#player.checkpoint());
        this.#around.post({ type: "checkpoint", records: this.#records, bytes });
        break;
      }
      case "peer":
        this.#peers.link(message.peer, message.port);
        break;
      case "bridge":
        this.#peers.bridge(message.peer, message.port);
    }
  }

  #command({ name, argument }: Extract<ToWorker, { type: "command" }>): void {
    this.#player.command(performance.now() / 1000, name, argument);
    this.#clock.poke();
  }

  /** A packet from the page of another player. */
  #hear(peer: number, packet: Uint8Array): void {
    if (this.#over) return;
    const now = performance.now() / 1000;
    if (this.#player.receive(now, peer, this.#around.bytes(packet))) this.#clock.poke();
  }

  #open({ setup, next, snapshot, checkpoint }: Extract<ToWorker, { type: "open" }>): void {
    this.#records = next;
    this.#player.open(setup);
    const resumed =
      snapshot !== null && this.#player.take_snapshot(this.#around.bytes(snapshot)) === true;
    if (checkpoint !== null) this.#player.take_checkpoint(this.#around.bytes(checkpoint));
    this.#around.post({ type: "opened", resumed });
  }

  async #take(data: Uint8Array, last: boolean): Promise<void> {
    try {
      const lines = await inflate(data);
      if (lines.byteLength > 0) this.#player.take_history(this.#around.bytes(lines));
      if (!last) return;
      this.#complete = true;
      this.#clock.poke();
    } catch (error) {
      this.#crashed(error);
    }
  }

  /** Take a turn; return the seconds until the next, null if it is not the clock that decides. */
  #turn(): number | null {
    if (!this.#complete || this.#inferring || this.#over) return null;
    const began = performance.now();
    const text = this.#player.turn(began / 1000);
    const turn = JSON.parse(text) as Turn;
    const took = performance.now() - began;
    this.#records += turn.records.length;
    this.#ready ||= turn.events.some(([kind]) => kind === "ready");
    this.#over = turn.events.some(([kind]) => kind === "over" || kind === "failed");
    for (const [peer, packet] of turn.packets ?? []) this.#peers.send(peer, decoded(packet));
    this.#tell(text, turn, took);
    if (this.#over) return null;
    if (turn.infer.length > 0) {
      void this.#answer(turn.infer);
      return null;
    }
    if (turn.records.length > 0) this.#saveSometimes();
    return turn.due;
  }

  #tell(text: string, turn: Turn, took: number): void {
    const frame = turn.frame ?? null;
    const { records, events, notes } = turn;
    if (frame === null && records.length + events.length + (notes?.length ?? 0) === 0) return;
    if (turn.spent_ms !== undefined && frame !== null && frame.kind !== "beat") {
      this.#step.add(turn.spent_ms);
      this.#crossing.add(Math.max(0, took - turn.spent_ms));
    }
    const { value: stepMs } = this.#step;
    this.#around.post({ type: "turn", text, stepMs, crossingMs: this.#crossing.value });
  }

  async #answer(wanted: readonly InferenceWanted[]): Promise<void> {
    this.#inferring = true;
    try {
      const results = await Promise.all(
        wanted.map((one, number) =>
          this.#around.infer(one, (input) => numbersOf(this.#player.feed(number, input))),
        ),
      );
      results.forEach((result, number) => this.#player.answer(number, result));
      this.#inferring = false;
      this.#clock.poke();
    } catch (error) {
      this.#crashed(error);
    }
  }

  #saveSometimes(): void {
    if (performance.now() >= this.#nextSnapshot) this.#save();
  }

  #save(): void {
    if (!this.#ready || !this.#canSave || this.#over || this.#inferring) return;
    const began = performance.now();
    const bytes = bytesOf(this.#player.snapshot());
    const took = performance.now() - began;
    this.#nextSnapshot = began + Math.max(SNAPSHOT_EVERY_MS, took * SNAPSHOT_SHARE);
    this.#canSave = bytes.byteLength > 0;
    if (this.#canSave) this.#around.post({ type: "snapshot", records: this.#records, bytes });
  }

  #guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#crashed(error);
      return undefined;
    }
  }

  /** What the researcher's code does wrong comes as an event; this is Python itself, or its memory. */
  #crashed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#clock.stop();
    this.#peers.close();
    this.#around.post({ type: "crashed", ...described(error) });
  }
}

function bytesOf(blob: BufferProxy): Uint8Array {
  const view = blob.getBuffer();
  const bytes = new Uint8Array(view.data as Uint8Array<ArrayBuffer>);
  view.release();
  blob.destroy();
  return bytes;
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Say what went wrong: in a line, and with everything there is to know. */
export function described(error: unknown): { reason: string; detail: string } {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const lines = detail.trim().split("\n");
  return { reason: lines.at(-1) ?? detail, detail };
}
