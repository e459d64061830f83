import type { PointerBinding } from "../game/page.js";
import type { Actions } from "./actions.js";

/** Feeds pointing at the canvas into the actions, in surface pixels, movements once per frame. */
export class Pointer {
  readonly #actions: Actions;
  readonly #toSurface: (clientX: number, clientY: number) => readonly [number, number] | null;
  readonly #stop = new AbortController();
  #moved: PointerEvent | null = null;

  constructor(
    canvas: HTMLElement,
    bindings: readonly PointerBinding[],
    actions: Actions,
    toSurface: (clientX: number, clientY: number) => readonly [number, number] | null,
  ) {
    this.#actions = actions;
    this.#toSurface = toSurface;
    const { signal } = this.#stop;
    const down = bindings.filter((binding) => binding.event === "down");
    const move = bindings.filter((binding) => binding.event === "move");
    if (down.length > 0) {
      canvas.addEventListener("pointerdown", (event) => this.#act(down, event), { signal });
    }
    if (move.length > 0) {
      canvas.addEventListener("pointermove", (event) => this.#move(move, event), { signal });
    }
    canvas.classList.toggle("takes-pointer", bindings.length > 0);
  }

  destroy(): void {
    this.#stop.abort();
    this.#moved = null;
  }

  #act(bindings: readonly PointerBinding[], event: PointerEvent): void {
    const place = this.#toSurface(event.clientX, event.clientY);
    if (place === null || event.button > 0) return;
    for (const binding of bindings) this.#actions.pointer(binding.action, ...place);
  }

  #move(bindings: readonly PointerBinding[], event: PointerEvent): void {
    const waiting = this.#moved !== null;
    this.#moved = event;
    if (waiting) return;
    requestAnimationFrame(() => {
      const last = this.#moved;
      this.#moved = null;
      if (last !== null) this.#act(bindings, last);
    });
  }
}
