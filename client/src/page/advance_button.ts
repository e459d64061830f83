import { h } from "./dom.js";

const PATIENCE_MS = 8000;

/**
 * The button that moves on. Once pressed it waits for the server, which decides; should no answer
 * come, it can be pressed again.
 */
export class AdvanceButton {
  readonly element: HTMLButtonElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param press asks the server; returns false when there was nothing to ask */
  constructor(press: () => boolean, label = "Continue") {
    this.element = h(
      "button",
      { type: "button", class: "primary", "data-testid": "advance" },
      label,
    );
    this.element.addEventListener("click", () => {
      if (this.element.disabled || !press()) return;
      this.element.disabled = true;
      this.#timer = setTimeout(() => this.enable(), PATIENCE_MS);
    });
  }

  /** Let it be pressed again. */
  enable(): void {
    clearTimeout(this.#timer);
    this.element.disabled = false;
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
