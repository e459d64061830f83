/** Questions that are answered in one field: text, number, date, a list that opens. */

import { h, setText } from "@mug/client";
import { numberText } from "../values.js";
import { said } from "../types.js";
import { type Control, type ControlContext, type ControlFactory, keyOf } from "./control.js";

/** From how many characters left on it is said how many. */
const FEW_LEFT = 100;
const WHOLE = /^[+-]?\d{1,16}$/;
const DECIMAL = /^[+-]?\d{1,16}[.,]\d{1,10}$/;
/** Some write a thousand like this, and others one. */
const GROUPED = /^[+-]?\d{1,3},\d{3}$/;

export const textField: ControlFactory = (question, context) => {
  const field = h("input", {
    type: question.format === "email" ? "email" : "text",
    id: context.id,
    dir: "auto",
    autocomplete: question.autocomplete || (question.format === "email" ? "email" : "off"),
    placeholder: question.placeholder || null,
  });
  return typed(field, context, question.most ?? null);
};

export const longText: ControlFactory = (question, context) => {
  const field = h("textarea", {
    id: context.id,
    dir: "auto",
    rows: question.rows ?? 4,
    placeholder: question.placeholder || null,
  });
  return typed(field, context, question.most ?? null);
};

function typed(
  field: HTMLInputElement | HTMLTextAreaElement,
  { texts, changed }: ControlContext,
  most: number | null,
): Control {
  const left = h("p", { class: "survey-left", role: "status" });
  const count = (): void => {
    const rest = most === null ? Infinity : most - [...field.value].length;
    setText(left, rest <= FEW_LEFT ? said(texts, "left", { count: String(rest) }) : "");
  };
  field.addEventListener("input", () => {
    count();
    changed();
  });
  return {
    element: h("div", {}, field, left),
    focusable: field,
    labelled: field,
    value: () => field.value,
    set: (value) => {
      field.value = typeof value === "string" ? value : "";
      count();
    },
  };
}

/** A number, in a field for text: those for numbers drop what they do not understand. */
export const numberField: ControlFactory = (question, { id, changed }) => {
  const field = h("input", {
    type: "text",
    inputmode: question.whole ? "numeric" : "decimal",
    id,
    class: "survey-number",
    autocomplete: "off",
    input: changed,
  });
  const unit = question.unit
    ? h("span", { class: "survey-unit", id: `${id}.unit` }, question.unit)
    : null;
  return {
    element: h("div", { class: "survey-line" }, field, unit),
    focusable: field,
    labelled: field,
    value: () => {
      const text = withOurDigits(field.value.trim());
      if (text === "") return null;
      const decimal = !question.whole && DECIMAL.test(text) && !GROUPED.test(text);
      return decimal || WHOLE.test(text) ? Number(text.replace(",", ".")) : text;
    },
    set: (value) => {
      field.value =
        typeof value === "number" ? numberText(value) : typeof value === "string" ? value : "";
    },
  };
};

/** Arabic and Persian keyboards write numbers with digits of their own, Japanese and Chinese ones with wide ones. */
function withOurDigits(text: string): string {
  return text
    .normalize("NFKC")
    .replace("\u2212", "-")
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replace("\u066b", ".");
}

export const dateField: ControlFactory = (question, { id, changed }) => {
  const field = h("input", {
    type: "date",
    id,
    min: question.minimum ? String(question.minimum) : null,
    max: question.maximum ? String(question.maximum) : null,
    input: changed,
  });
  return {
    element: field,
    focusable: field,
    labelled: field,
    // a date that is half written is no answer, and must not be taken for one that was left out
    value: () => field.value || (field.validity.badInput ? "?" : null),
    set: (value) => {
      field.value = typeof value === "string" ? value : "";
    },
  };
};

export const dropdown: ControlFactory = (question, { id, texts, changed }) => {
  const options = question.options ?? [];
  const field = h(
    "select",
    { id, change: changed },
    h("option", { value: "" }, texts["choose"]!),
    ...options.map((option) => h("option", { value: keyOf(option.value) }, option.label)),
  );
  return {
    element: field,
    focusable: field,
    labelled: field,
    value: () => options[field.selectedIndex - 1]?.value ?? null,
    set: (value) => {
      field.selectedIndex = options.findIndex((option) => option.value === value) + 1;
    },
  };
};
