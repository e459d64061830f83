/**
 * Turn a researcher's HTML into nodes. Only fields of the experiment script come here; what
 * participants type never does.
 *
 * The page's Content-Security-Policy blocks `style` attributes and `<style>` elements, so both are
 * set again through the CSS object model, which it allows. Scripts do not run.
 */
export function richText(html: string): { content: DocumentFragment; release: () => void } {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const sheets: CSSStyleSheet[] = [];
  for (const style of parsed.querySelectorAll("style")) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style.textContent ?? "");
    sheets.push(sheet);
    style.remove();
  }
  for (const script of parsed.querySelectorAll("script")) script.remove();
  for (const element of parsed.body.querySelectorAll<HTMLElement>("[style]")) {
    const declarations = element.getAttribute("style") ?? "";
    element.removeAttribute("style");
    element.style.cssText = declarations;
  }
  const content = document.createDocumentFragment();
  content.append(...parsed.body.childNodes);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...sheets];
  return {
    content,
    release: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter(
        (sheet) => !sheets.includes(sheet),
      );
    },
  };
}

/** A block with a researcher's HTML in it, null when there is none. */
export class RichBlock {
  readonly element: HTMLElement;
  readonly #release: () => void;

  constructor(html: string, className: string) {
    const { content, release } = richText(html);
    this.element = document.createElement("div");
    this.element.className = `rich ${className}`;
    this.element.append(content);
    this.#release = release;
    this.element.hidden = html.trim() === "";
  }

  /** Take the block and its styles off the page. */
  destroy(): void {
    this.element.remove();
    this.#release();
  }
}
