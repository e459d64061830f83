import { h, setText } from "@mug/client";
import { type OptionValue, said } from "../types.js";
import type { ControlFactory } from "./control.js";

/** Answers that get places by being pressed in order; pressed again, an answer loses its place. */
export const ranking: ControlFactory = (question, { id, texts, changed }) => {
  const options = question.options ?? [];
  const places = question.most ?? options.length;
  let order: OptionValue[] = [];
  const badges = options.map(() => h("span", { class: "survey-place", "aria-hidden": true }));
  const states = options.map(() => h("span", { class: "visually-hidden" }));
  const buttons = options.map((option, index) =>
    h(
      "button",
      { type: "button", class: "survey-option survey-ranked", click: () => press(option.value) },
      badges[index]!,
      option.image
        ? h("img", { src: option.image, alt: option.label ? "" : (option.alt ?? "") })
        : null,
      h("span", { dir: "auto" }, option.label),
      states[index]!,
    ),
  );
  const again = h(
    "button",
    { type: "button", class: "quiet", click: () => restart() },
    texts["rank_again"]!,
  );

  function press(value: OptionValue): void {
    if (order.includes(value)) order = order.filter((other) => other !== value);
    else if (order.length < places) order = [...order, value];
    else return;
    show();
    changed();
  }

  function restart(): void {
    order = [];
    show();
    changed();
    buttons[0]?.focus();
  }

  function show(): void {
    options.forEach((option, index) => {
      const place = order.indexOf(option.value) + 1;
      setText(badges[index]!, place > 0 ? String(place) : "");
      const state =
        place > 0 ? said(texts, "rank_place", { place: String(place) }) : texts["rank_none"]!;
      setText(states[index]!, `, ${state}`);
      buttons[index]!.classList.toggle("survey-chosen", place > 0);
    });
    again.disabled = order.length === 0;
  }

  show();
  return {
    element: h(
      "div",
      { class: "survey-ranking" },
      h("p", { class: "survey-help", id: `${id}.how` }, texts["rank_how"]!),
      h("div", { class: "survey-options" }, ...buttons),
      h("p", {}, again),
    ),
    focusable: buttons[0]!,
    labelled: null,
    value: () => order,
    set: (value) => {
      const known = options.map((option) => option.value);
      order = Array.isArray(value) ? known.filter((one) => value.includes(one)) : [];
      if (Array.isArray(value))
        order.sort((one, other) => value.indexOf(one) - value.indexOf(other));
      show();
    },
  };
};
