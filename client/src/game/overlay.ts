import { AdvanceButton } from "../page/advance_button.js";
import { Countdown } from "../page/countdown.js";
import { h, setText, show } from "../page/dom.js";
import type { GameView } from "../protocol.js";

/** What lies over the canvas while nobody plays: the countdown, pauses, the end and the way on. */
export class Overlay {
  readonly element: HTMLElement;
  readonly #number = h("p", { class: "overlay-number", "aria-hidden": true });
  readonly #text = h("p", { class: "overlay-text", role: "status" });
  readonly #rounds = h("p", { class: "overlay-note" });
  readonly #left = h("p", { class: "overlay-note" });
  readonly #actions: HTMLElement;
  readonly #button: AdvanceButton;
  #countdown: Countdown | undefined;

  constructor(advance: () => void) {
    this.#button = new AdvanceButton(() => {
      advance();
      return true;
    });
    this.#actions = h("p", { class: "actions" }, this.#button.element);
    this.element = h(
      "div",
      { class: "overlay", "data-testid": "game-overlay" },
      h(
        "div",
        { class: "overlay-panel" },
        this.#number,
        this.#text,
        this.#rounds,
        this.#left,
        this.#actions,
      ),
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
    setText(this.#rounds, roundsText(view));
    setText(this.#number, "");
    setText(this.#left, "");
    this.#button.enable();
    show(this.#actions, ended);
    if (visible && view.seconds !== null) this.#count(view.seconds, view.state === "paused");
  }

  /** Say that the game stands still, and why. */
  wait(text: string): void {
    this.#countdown?.stop();
    this.element.dataset["state"] = "paused";
    for (const element of [this.#rounds, this.#number, this.#left]) setText(element, "");
    show(this.#actions, false);
    setText(this.#text, text);
    show(this.element, true);
  }

  /** Say why the game stands still for a moment, beside it: it may go on at any time. */
  stall(text: string): void {
    this.element.dataset["state"] = "stalled";
    setText(this.#text, text);
    show(this.element, true);
  }

  /** The game goes on after a moment. */
  resume(): void {
    if (this.element.dataset["state"] !== "stalled") return;
    this.element.dataset["state"] = "playing";
    show(this.element, false);
  }

  /** Take the focus to the way on. */
  focus(): void {
    this.#button.element.focus();
  }

  /** Let the way on be tried again. */
  enable(): void {
    this.#button.enable();
  }

  destroy(): void {
    this.#countdown?.stop();
    this.#button.destroy();
  }

  /** What is sure to come gets a large number; how long it may take at most is a note. */
  #count(seconds: number, atMost: boolean): void {
    this.#countdown = new Countdown(seconds, (left) => {
      if (atMost) setText(this.#left, left === 0 ? "" : `At most ${left} s longer.`);
      else setText(this.#number, left === 0 ? "" : String(left));
    });
  }
}

function roundsText(view: GameView): string {
  if (view.state !== "between" || view.episodes < 2) return "";
  return `${view.episode} of ${view.episodes} rounds done.`;
}
