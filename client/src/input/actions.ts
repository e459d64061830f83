import type { Binding, InputMode } from "../game/page.js";
import { resolve } from "./chords.js";
import type { PlayerInput } from "./encode.js";

/**
 * Turns pressed and released keys into inputs, whatever presses them: a keyboard, or buttons on the
 * screen. Keys are followed all the time and mean something only while `playing`.
 */
export class Actions {
  readonly #bindings: readonly Binding[];
  readonly #mode: InputMode;
  readonly #emit: (input: PlayerInput) => void;
  readonly #consumed = new Set<string>();
  readonly #holders = new Map<string, Set<unknown>>();
  #pressed: string[] = [];
  #playing = false;
  #held: number | null = null;
  #seq = 0;

  constructor(bindings: readonly Binding[], mode: InputMode, emit: (input: PlayerInput) => void) {
    this.#bindings = bindings;
    this.#mode = mode;
    this.#emit = emit;
  }

  /** Whether a key is part of any binding. */
  binds(code: string): boolean {
    return this.#bindings.some((binding) => binding.codes.includes(code));
  }

  /** A key went down; keys that are down already do not go down again. `by` is what pressed it. */
  press(code: string, by: unknown = null): void {
    if (!this.binds(code)) return;
    const holders = this.#holders.get(code) ?? new Set();
    this.#holders.set(code, holders.add(by));
    if (this.#pressed.includes(code)) return;
    this.#pressed.push(code);
    if (this.#mode === "key_down") this.#event(resolve(this.#bindings, this.#pressed, code));
    else this.#update();
  }

  /** A key went up; it stays down while something else presses it too. */
  release(code: string, by: unknown = null): void {
    const holders = this.#holders.get(code);
    if (!holders?.delete(by) || holders.size > 0) return;
    if (this.#mode === "key_up") this.#released(code);
    this.#pressed = this.#pressed.filter((other) => other !== code);
    this.#consumed.delete(code);
    this.#update();
  }

  /** Let go of every key, without an event: the page does not see the keys any more. */
  releaseAll(): void {
    this.#pressed = [];
    this.#holders.clear();
    this.#consumed.clear();
    this.#update();
  }

  /**
   * Begin or stop to mean something. What is held at the beginning is always said, nothing included:
   * keys may have been pressed or released while nobody was told.
   */
  play(playing: boolean): void {
    if (playing === this.#playing) return;
    this.#playing = playing;
    if (!playing) return;
    this.#held = resolve(this.#bindings, this.#pressed)?.action ?? null;
    this.repeat();
  }

  /** The pointer acted at this place of the surface. */
  pointer(action: number, x: number, y: number): void {
    if (this.#playing) this.#emit({ kind: "pointer", seq: this.#next(), action, x, y });
  }

  /** Say again what is held: the messages of a broken connection may never have arrived. */
  repeat(): void {
    if (this.#playing && this.#mode === "pressed_keys") {
      this.#emit({ kind: "held", seq: this.#next(), action: this.#held });
    }
  }

  /** The server has applied inputs up to this number; a reloaded page counts on from there. */
  acknowledged(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  #update(): void {
    if (this.#mode !== "pressed_keys" || !this.#playing) return;
    const action = resolve(this.#bindings, this.#pressed)?.action ?? null;
    if (action === this.#held) return;
    this.#held = action;
    this.#emit({ kind: "held", seq: this.#next(), action });
  }

  #released(code: string): void {
    if (this.#consumed.has(code)) return; // its chord has acted already
    const free = this.#pressed.filter((other) => !this.#consumed.has(other));
    const binding = resolve(this.#bindings, free, code);
    for (const other of binding?.codes ?? []) this.#consumed.add(other);
    this.#event(binding);
  }

  #event(binding: Binding | null): void {
    if (binding === null || !this.#playing) return;
    this.#emit({ kind: "event", seq: this.#next(), action: binding.action });
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }
}
