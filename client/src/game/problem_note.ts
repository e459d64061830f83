import { h, setText, show } from "../page/dom.js";

/** Why a game cannot be loaded, in a sentence, with a way to try again if there is one. */
export class ProblemNote {
  readonly element: HTMLElement;
  readonly #text = h("p", { class: "page-error", role: "alert" });
  readonly #button: HTMLButtonElement;
  #retry: (() => void) | null = null;

  constructor() {
    this.#button = h(
      "button",
      { type: "button", "data-testid": "retry", click: () => this.#again() },
      "Try again",
    );
    const actions = h("p", { class: "actions" }, this.#button);
    this.element = h("div", { class: "problem-note" }, this.#text, actions);
    show(this.element, false);
  }

  show(text: string, retry: (() => void) | null): void {
    this.#retry = retry;
    show(this.element, true);
    show(this.#button, retry !== null);
    setText(this.#text, text);
  }

  hide(): void {
    setText(this.#text, "");
    show(this.element, false);
  }

  #again(): void {
    this.hide();
    this.#retry?.();
  }
}
