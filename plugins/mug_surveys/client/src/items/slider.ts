import { h, setText } from "@mug/client";
import { numberText } from "../values.js";
import type { ControlFactory } from "./control.js";
import { endLabels } from "./options.js";

/** A line on which a place is marked. Before that there is no mark, which would suggest an answer. */
export const slider: ControlFactory = (question, { id, texts, changed }) => {
  const field = h("input", {
    type: "range",
    id,
    min: String(question.minimum),
    max: String(question.maximum),
    step: String(question.step),
    value: String((Number(question.minimum) + Number(question.maximum)) / 2),
  });
  const shown = h("output", { for: id, class: "survey-value" });
  let marked = false;
  const show = (): void => {
    field.classList.toggle("survey-unmarked", !marked);
    const value = numberText(field.valueAsNumber);
    const ends = [question.low, question.high].filter(Boolean).join(" – ");
    const spoken = marked ? value : texts["slide_none"]!;
    field.setAttribute("aria-valuetext", ends ? `${spoken} (${ends})` : spoken);
    setText(shown, marked ? value : texts["slide_how"]!);
  };
  const mark = (): void => {
    marked = true;
    show();
    changed();
  };
  field.addEventListener("input", mark);
  // pressing the place where the mark would be, or confirming it, changes no value
  field.addEventListener("click", () => {
    if (!marked) mark();
  });
  field.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && !marked) {
      event.preventDefault();
      event.stopPropagation();
      mark();
    }
  });
  show();
  if (!question.shows_value) shown.classList.add("survey-only-how");
  const row = endLabels(question.low, question.high, shown);
  return {
    element: h("div", { class: "survey-slider" }, field, row),
    focusable: field,
    labelled: field,
    value: () => (marked ? field.valueAsNumber : null),
    set: (value) => {
      marked = typeof value === "number";
      if (marked) field.value = String(value);
      show();
    },
  };
};
