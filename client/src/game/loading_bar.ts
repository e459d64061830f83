import { h, setText, show } from "../page/dom.js";

const PATIENCE_MS = 500;

/** A progress bar that appears only when loading takes longer than half a second. */
export class LoadingBar {
  readonly element: HTMLElement;
  readonly #text: HTMLElement;
  readonly #detail = h("span", { class: "loading-detail" });
  readonly #bar: HTMLProgressElement;
  readonly #label: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #done = false;

  constructor(label: string) {
    this.#label = label;
    this.#text = h("span", { role: "status" }, label);
    this.#bar = h("progress", { max: 1, value: 0, "aria-label": label });
    this.element = h("div", { class: "loading-bar" }, this.#text, this.#bar, this.#detail);
    show(this.element, false);
    show(this.#detail, false);
    this.#wait();
  }

  /**
   * Say how much has arrived, from 0 to 1, or null when nobody knows; the bar is gone at 1. The text says
   * what is being done, and is read out; the detail is figures, which are not.
   */
  progress(part: number | null, text: string = this.#label, detail = ""): void {
    if (part === null) this.#bar.removeAttribute("value");
    else this.#bar.value = part;
    setText(this.#text, text);
    setText(this.#detail, detail);
    show(this.#detail, detail !== "");
    if (part !== null && part >= 1) this.hide();
    else if (this.#done) this.#wait();
  }

  /** Loading is over, or cannot go on. */
  hide(): void {
    clearTimeout(this.#timer);
    this.#done = true;
    show(this.element, false);
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#done = false;
    this.#timer = setTimeout(() => show(this.element, true), PATIENCE_MS);
  }
}
