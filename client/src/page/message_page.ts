import { h } from "./dom.js";

/** A page of one heading, one text, and one way on. */
export function messagePage(
  heading: string,
  text: string,
  action: { label: string; run: () => void } | null,
): HTMLElement {
  return h(
    "section",
    { class: "scene scene-message" },
    h("h1", {}, heading),
    h("p", {}, text),
    action &&
      h(
        "p",
        { class: "actions" },
        h("button", { type: "button", class: "primary", click: action.run }, action.label),
      ),
  );
}

/** The page of somebody whom the server turns away, with the way back if there is one. */
export function refusalPage(text: string, redirect: string | null): HTMLElement {
  const page = messagePage("You cannot take part right now", text, null);
  if (redirect !== null) {
    const back = h("a", { class: "button primary", href: redirect }, "Go back");
    page.append(h("p", { class: "actions" }, back));
  }
  return page;
}
