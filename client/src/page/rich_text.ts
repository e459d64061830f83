const STYLE_ELEMENT = /<style\b[^>]*>([\s\S]*?)<\/style\s*>/gi;
const TAG = /<[a-z][^\s/>]*(?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g;
const COLORS = /(?:^|[\s;{"'-])(?:color|background(?:-color)?)\s*[:=]|\bbgcolor\s*=/i;
const HELD_STYLE = "data-mug-style";

/**
 * A block with a researcher's HTML in it. Only fields of the experiment script come here; what
 * participants type never does.
 *
 * The page's Content-Security-Policy blocks `style` attributes and `<style>` elements in markup, so
 * both are kept from the parser and set again through the CSS object model, which the policy allows.
 */
export class RichBlock {
  readonly element: HTMLElement;
  readonly #sheets: CSSStyleSheet[];

  constructor(html: string, className: string) {
    this.element = document.createElement("div");
    this.element.className = `rich ${className}`;
    this.element.hidden = html.trim() === "";
    // colors chosen for a white page would not be readable on a dark one
    this.element.classList.toggle("own-colors", COLORS.test(html));
    const { markup, styles } = withholdStyles(html);
    this.element.innerHTML = markup;
    for (const styled of this.element.querySelectorAll<HTMLElement>(`[${HELD_STYLE}]`)) {
      styled.style.cssText = styled.getAttribute(HELD_STYLE) ?? "";
      styled.removeAttribute(HELD_STYLE);
    }
    this.#sheets = styles.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...this.#sheets];
  }

  /** Take the block and its styles off the page. */
  destroy(): void {
    this.element.remove();
    const kept = document.adoptedStyleSheets.filter((sheet) => !this.#sheets.includes(sheet));
    document.adoptedStyleSheets = kept;
  }
}

/** Take `<style>` elements out of markup and rename `style` attributes. */
export function withholdStyles(html: string): { markup: string; styles: string[] } {
  const styles: string[] = [];
  const withoutElements = html.replace(STYLE_ELEMENT, (_, text: string) => {
    styles.push(text);
    return "";
  });
  const markup = withoutElements.replace(TAG, (tag) => {
    const [, name = "", attributes = ""] = /^(<[^\s/>]+)([\s\S]*)$/.exec(tag) ?? [];
    return name + attributes.replace(ATTRIBUTE, renameStyle);
  });
  return { markup, styles };
}

function renameStyle(attribute: string, name: string, value: string | undefined): string {
  return name.toLowerCase() === "style" ? HELD_STYLE + (value ?? "") : attribute;
}
