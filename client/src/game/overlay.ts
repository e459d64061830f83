import { Countdown } from "../page/countdown.js";
import { h, setText, show } from "../page/dom.js";
import type { GameView } from "../protocol.js";

/** What lies over the canvas while nobody plays: the countdown, pauses, the end and the way on. */
export class Overlay {
  readonly element: HTMLElement;
  readonly #number = h("p", { class: "overlay-number", "aria-hidden": true });
  readonly #text = h("p", { class: "overlay-text", role: "status" });
  readonly #left = h("p", { class: "overlay-left" });
  readonly #button: HTMLButtonElement;
  #countdown: Countdown | undefined;

  constructor(advance: () => void) {
    this.#button = h(
      "button",
      { type: "button", class: "primary", "data-testid": "advance", click: advance },
      "Continue",
    );
    this.element = h(
      "div",
      { class: "overlay", "data-testid": "game-overlay" },
      this.#number,
      this.#text,
      this.#left,
      h("p", { class: "actions" }, this.#button),
    );
    show(this.element, false);
  }

  /** Show the state of the game. */
  update(view: GameView): void {
    this.#countdown?.stop();
    const visible = view.state !== "playing" && view.state !== "loading";
    const ended = view.state === "over" || view.state === "failed";
    this.element.dataset["state"] = view.state;
    show(this.element, visible);
    setText(this.#text, visible ? view.text : "");
    setText(this.#number, "");
    setText(this.#left, "");
    this.#button.disabled = false;
    show(this.#button, ended);
    if (!visible || view.seconds === null) return;
    const target = view.state === "paused" || ended ? this.#left : this.#number;
    this.#countdown = new Countdown(view.seconds, (seconds) => {
      setText(
        target,
        seconds === 0 ? "" : target === this.#left ? leftText(seconds) : String(seconds),
      );
    });
  }

  /** Take the focus to the way on. */
  focus(): void {
    this.#button.focus();
  }

  /** The way on was taken; the server decides. */
  busy(): void {
    this.#button.disabled = true;
  }

  destroy(): void {
    this.#countdown?.stop();
  }
}

function leftText(seconds: number): string {
  return `At most ${seconds} s longer.`;
}
