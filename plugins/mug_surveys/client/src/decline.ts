import { h } from "@mug/client";
import type { Texts } from "./types.js";

/** Ask somebody who declines whether they mean it: there is no way back. */
export function askWhetherToDecline(root: HTMLElement, texts: Texts): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (sure: boolean) => () => {
      resolve(sure);
      dialog.close();
    };
    const question = h("p", { id: "survey-sure" }, texts["consent_sure"]!);
    const back = h("button", { type: "button", click: answer(false) }, texts["consent_return"]!);
    const end = h(
      "button",
      { type: "button", class: "primary", "data-testid": "decline-sure", click: answer(true) },
      texts["consent_end"]!,
    );
    const dialog = h(
      "dialog",
      { "aria-labelledby": "survey-sure" },
      question,
      h("p", { class: "actions" }, back, end),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(false);
    });
    root.append(dialog);
    dialog.showModal();
  });
}
