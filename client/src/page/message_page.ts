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
