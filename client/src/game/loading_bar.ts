import { h, show } from "../page/dom.js";

const PATIENCE_MS = 500;

/** A progress bar that appears only when loading takes longer than half a second. */
export class LoadingBar {
  readonly element: HTMLElement;
  readonly #bar: HTMLProgressElement;
  readonly #timer: ReturnType<typeof setTimeout>;
  #done = false;

  constructor(label: string) {
    this.#bar = h("progress", { max: 1, value: 0, "aria-label": label });
    this.element = h("div", { class: "loading-bar" }, h("span", {}, label), this.#bar);
    show(this.element, false);
    this.#timer = setTimeout(() => show(this.element, !this.#done), PATIENCE_MS);
  }

  /** Say how much has arrived, from 0 to 1; the bar is gone at 1. */
  progress(part: number): void {
    this.#bar.value = part;
    this.#done = part >= 1;
    if (this.#done) show(this.element, false);
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
