import { h, show } from "@mug/client";
import type { QuestionBlock } from "./items/block.js";
import { said, type Texts } from "./types.js";

/** What is wrong on the page, at its top: takes the focus, and leads to each question. */
export class ErrorSummary {
  readonly element = h("div", { class: "survey-summary", role: "alert", tabindex: -1 });
  readonly #texts: Texts;

  constructor(texts: Texts) {
    this.#texts = texts;
    this.clear();
  }

  /** Say what is wrong; `general` is about the page as a whole. */
  show(general: string, wrong: readonly [QuestionBlock, string][]): void {
    const name = wrong.length === 1 ? "one_problem" : "several_problems";
    const title = general || said(this.#texts, name, { count: String(wrong.length) });
    const links = wrong.map(([block, text]) =>
      h(
        "li",
        {},
        h("a", { href: "#", click: (event) => lead(event, block) }, block.text),
        ` ${text}`,
      ),
    );
    this.element.replaceChildren(
      h("p", { class: "survey-summary-title" }, title),
      ...(links.length > 0 ? [h("ul", {}, ...links)] : []),
    );
    show(this.element, true);
    this.element.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  clear(): void {
    this.element.replaceChildren();
    show(this.element, false);
  }
}

function lead(event: Event, block: QuestionBlock): void {
  event.preventDefault();
  block.element.scrollIntoView({ block: "center" });
  block.control.focusable.focus({ preventScroll: true });
}
