import type { Turn } from "../../src/turn.js";
import type { Player } from "../../src/worker/python.js";

export const IDLE: Turn = { due: null, records: [], events: [], infer: [] };

/** Python's half of a game: plays back turns, and remembers what it was told. */
export class FakePlayer implements Player {
  readonly calls: unknown[][] = [];
  turns: Turn[] = [];
  state: Uint8Array<ArrayBuffer> = new Uint8Array([1, 2, 3]);
  takesSnapshot = true;
  fault: Error | null = null;

  turn(now: number): string {
    this.calls.push(["turn", now]);
    if (this.fault !== null) throw this.fault;
    return JSON.stringify(this.turns.shift() ?? IDLE);
  }

  register_model(...args: unknown[]): void {
    this.calls.push(["register_model", ...args]);
  }

  warm_up(): number {
    this.calls.push(["warm_up"]);
    return 0.004;
  }

  open(setup: string): void {
    this.calls.push(["open", JSON.parse(setup)]);
  }

  take_history(lines: unknown): void {
    this.calls.push(["take_history", new TextDecoder().decode(lines as Uint8Array)]);
  }

  take_snapshot(blob: unknown): boolean {
    this.calls.push(["take_snapshot", blob]);
    return this.takesSnapshot;
  }

  take_checkpoint(blob: unknown): void {
    this.calls.push(["take_checkpoint", blob]);
  }

  input(_now: number, ...args: unknown[]): void {
    this.calls.push(["input", ...args]);
  }

  receive(_now: number, ...args: unknown[]): boolean {
    this.calls.push(["receive", ...args]);
    return true;
  }

  command(_now: number, ...args: unknown[]): void {
    this.calls.push(["command", ...args]);
  }

  feed(number: number, name: string) {
    this.calls.push(["feed", number, name]);
    const data = new Float32Array([number, 2, 3]);
    return { getBuffer: () => ({ data, release: () => {} }), destroy: () => {} };
  }

  answer(...args: unknown[]): void {
    this.calls.push(["answer", ...args]);
  }

  checkpoint() {
    this.calls.push(["checkpoint"]);
    return { getBuffer: () => ({ data: this.state, release: () => {} }), destroy: () => {} };
  }

  snapshot() {
    this.calls.push(["snapshot"]);
    return { getBuffer: () => ({ data: this.state, release: () => {} }), destroy: () => {} };
  }

  destroy(): void {
    this.calls.push(["destroy"]);
  }

  /** What it was told by one name. */
  told(name: string): unknown[][] {
    return this.calls.filter(([called]) => called === name).map((call) => call.slice(1));
  }
}
