/** What an element may be given: an attribute's value, or a listener under its event's name. */
type Attribute = string | number | boolean | null | ((event: Event) => void);
type Child = Node | string | null;

/**
 * Make an element. `true` sets an attribute without a value, `false` and `null` leave it out (ARIA
 * attributes say "true" and "false" instead), and a function listens to the event of that name. Strings become text, never markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name.startsWith("aria-") && value !== null) element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Show or hide an element from everybody, assistive technology included. */
export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}

/** Set an element's text, touching the page only when it differs: live regions announce each change. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
