import { h } from "../page/dom.js";
import { RichBlock } from "../page/rich_text.js";
import { pageText } from "../scene.js";

/** What every scene of the core begins with: a heading, a line below it, and the researcher's text. */
export class Heading {
  readonly body: RichBlock;
  readonly elements: (HTMLElement | null)[];

  constructor(page: Record<string, unknown>) {
    const header = pageText(page, "header");
    const subheader = pageText(page, "subheader");
    this.body = new RichBlock(pageText(page, "body"), "scene-body");
    this.elements = [
      this.#mainHeading(header),
      subheader === "" ? null : h("p", { class: "subheader" }, subheader),
      this.body.element,
    ];
  }

  /** Every scene has a main heading, seen or not: screen readers find their way by it. */
  #mainHeading(header: string): HTMLElement | null {
    if (header !== "") return h("h1", {}, header);
    if (this.body.element.querySelector("h1") !== null) return null;
    return h("h1", { class: "visually-hidden" }, document.title);
  }

  destroy(): void {
    this.body.destroy();
  }
}
