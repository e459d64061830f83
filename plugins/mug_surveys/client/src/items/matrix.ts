import { h } from "@mug/client";
import { isObject } from "../values.js";
import { type ControlFactory, keyOf } from "./control.js";

/** More columns than this do not fit beside the lines. */
const MOST_COLUMNS = 7;

/** Lines that are answered on the same scale: a table where there is room, one line after the other elsewhere. */
export const matrix: ControlFactory = (question, { id, changed }) => {
  const lines = question.lines ?? [];
  const options = question.options ?? [];
  const boxes = lines.map((line) =>
    options.map((option) =>
      h("input", {
        type: "radio",
        name: `${id}.row.${line.value}`,
        value: keyOf(option.value),
        change: changed,
      }),
    ),
  );
  const rows = lines.map((line, place) =>
    h(
      "div",
      { class: "survey-row", role: "radiogroup", "aria-labelledby": `${id}.row.${line.value}` },
      h(
        "span",
        { class: "survey-row-text", id: `${id}.row.${line.value}`, dir: "auto" },
        line.label,
      ),
      ...options.map((option, column) =>
        h(
          "label",
          { class: "survey-cell" },
          boxes[place]![column]!,
          h("span", { dir: "auto" }, option.label),
        ),
      ),
    ),
  );
  const head = h(
    "div",
    { class: "survey-row survey-head", "aria-hidden": true },
    h("span", {}),
    ...options.map((option) => h("span", { dir: "auto" }, option.label)),
  );
  const table = options.length <= MOST_COLUMNS ? "survey-matrix survey-table" : "survey-matrix";
  const element = h("div", { class: table }, head, ...rows);
  element.style.setProperty("--columns", String(options.length));
  return {
    element,
    focusable: boxes[0]![0]!,
    labelled: null,
    value: () => {
      const answers: Record<string, unknown> = {};
      lines.forEach((line, place) => {
        const column = boxes[place]!.findIndex((box) => box.checked);
        if (column >= 0) answers[line.value] = options[column]!.value;
      });
      return answers;
    },
    set: (value) => {
      const answers = isObject(value) ? value : {};
      lines.forEach((line, place) => {
        boxes[place]!.forEach((box, column) => {
          box.checked = answers[line.value] === options[column]!.value;
        });
      });
    },
  };
};
