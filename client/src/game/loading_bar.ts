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
  readonly #announce: (text: string) => void;
  #done = false;

  /** @param announce says something to assistive technology */
  constructor(label: string, announce: (text: string) => void) {
    this.#label = label;
    this.#announce = announce;
    this.#text = h("span", { tabindex: -1 }, label);
    this.#bar = h("progress", { max: 1, value: 0, "aria-label": label });
    this.element = h("div", { class: "loading-bar" }, this.#text, this.#bar, this.#detail);
    show(this.element, false);
    show(this.#detail, false);
    this.#wait();
  }

  /**
   * Say how much has arrived, from 0 to 1, or null when nobody knows; the bar is gone at 1. The text says
   * what is being done, and is announced; the detail is figures, which are not.
   */
  progress(part: number | null, text: string = this.#label, detail = ""): void {
    if (part === null) this.#bar.removeAttribute("value");
    else this.#bar.value = part;
    const changed = this.#text.textContent !== text;
    setText(this.#text, text);
    if (changed && !this.element.hidden) this.#announce(text);
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

  /** Appear at once, with the focus: what had it is gone. */
  focus(): void {
    clearTimeout(this.#timer);
    this.#done = false;
    this.#appear();
    this.#text.focus({ preventScroll: true });
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#done = false;
    this.#timer = setTimeout(() => this.#appear(), PATIENCE_MS);
  }

  #appear(): void {
    show(this.element, true);
    this.#announce(this.#text.textContent);
  }
}
