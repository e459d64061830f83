import { h, show } from "@mug/client";
import type { QuestionBlock } from "./items/block.js";
import type { Texts } from "./types.js";

/** What is wrong on the page, at its top: takes the focus, and leads to each question. */
export class ErrorSummary {
  readonly element = h("div", { class: "survey-summary", role: "alert", tabindex: -1 });
  readonly #texts: Texts;
  readonly #lines = new Map<QuestionBlock, HTMLElement>();

  constructor(texts: Texts) {
    this.#texts = texts;
    this.clear();
  }

  /** Say what is wrong; `general` is about the page as a whole. */
  show(general: string, wrong: readonly [QuestionBlock, string][]): void {
    this.clear();
    const title = general || this.#texts[wrong.length === 1 ? "one_problem" : "several_problems"]!;
    for (const [block, text] of wrong) {
      const link = h("a", { href: "#", click: (event) => lead(event, block) }, block.text);
      this.#lines.set(block, h("li", {}, link, ` ${text}`));
    }
    this.element.append(h("p", { class: "survey-summary-title" }, title));
    if (this.#lines.size > 0) this.element.append(h("ul", {}, ...this.#lines.values()));
    show(this.element, true);
    this.element.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** The answer to this question has changed: what was wrong with it is no longer said. */
  forget(block: QuestionBlock): void {
    if (!this.#lines.has(block)) return;
    this.#lines.get(block)!.remove();
    this.#lines.delete(block);
    if (this.#lines.size === 0) this.clear();
  }

  clear(): void {
    this.#lines.clear();
    this.element.replaceChildren();
    show(this.element, false);
  }
}

function lead(event: Event, block: QuestionBlock): void {
  event.preventDefault();
  block.element.scrollIntoView({ block: "center" });
  block.control.focusable.focus({ preventScroll: true });
}
