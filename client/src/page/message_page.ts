import type { Refusal } from "../net/session.js";
import { completionCode } from "./completion_code.js";
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

/** The page of somebody whom the server turns away, with a code and the way back if there are such. */
export function refusalPage(refusal: Refusal, announce: (text: string) => void): HTMLElement {
  const { heading, text, redirect, code } = refusal;
  const page = messagePage(heading, text, null);
  if (code !== null) page.append(completionCode(code, announce));
  if (redirect !== null) {
    const back = h("a", { class: "button primary", href: redirect }, "Go back");
    page.append(h("p", { class: "actions" }, back));
  }
  return page;
}
