/** Questions that are answered by ticking: one or several of some answers, points of a scale, a box. */

import { h } from "@mug/client";
import type { Item, Option, OptionValue } from "../types.js";
import { type Control, type ControlContext, type ControlFactory, keyOf } from "./control.js";

export const choice: ControlFactory = (question, context) =>
  group(question, context, "radio", options(question, context));

export const choices: ControlFactory = (question, context) =>
  group(question, context, "checkbox", options(question, context));

function options(question: Item, { texts }: ControlContext): Option[] {
  const words: Record<string, string> = { true: texts["yes"]!, false: texts["no"]! };
  return (question.options ?? []).map((option) => ({
    ...option,
    label: option.label || (option.image ? "" : (words[String(option.value)] ?? "")),
  }));
}

function group(
  question: Item,
  context: ControlContext,
  type: "radio" | "checkbox",
  list: readonly Option[],
): Control {
  const pictures = list.some((option) => option.image);
  const boxes = list.map((option) =>
    h("input", { type, name: context.id, value: keyOf(option.value) }),
  );
  const labels = list.map((option, place) =>
    h(
      "label",
      { class: "survey-option" },
      option.image
        ? h("img", { src: option.image, alt: option.label ? "" : (option.alt ?? "") })
        : null,
      h("span", { class: "survey-tick" }, boxes[place]!, h("span", { dir: "auto" }, option.label)),
    ),
  );
  const alone = new Set(list.filter((option) => option.exclusive).map((option) => option.value));
  boxes.forEach((box, place) =>
    box.addEventListener("change", () => {
      if (type === "checkbox" && box.checked) exclude(list[place]!.value, alone, list, boxes);
      context.changed();
    }),
  );
  if (type === "radio" && !question.required)
    boxes.forEach((box) => canBeCleared(box, boxes, context));
  return {
    element: h(
      "div",
      { class: pictures ? "survey-options survey-pictures" : "survey-options" },
      ...labels,
    ),
    focusable: boxes[0]!,
    labelled: null,
    value: () => {
      const ticked = list.filter((_, place) => boxes[place]!.checked).map((option) => option.value);
      return type === "radio" ? (ticked[0] ?? null) : ticked;
    },
    set: (value) => {
      const wanted: unknown[] = Array.isArray(value) ? value : [value];
      boxes.forEach((box, place) => (box.checked = wanted.includes(list[place]!.value)));
      remember(boxes);
    },
  };
}

/** "None of these" takes back what else was ticked, and is taken back by it. */
function exclude(
  ticked: OptionValue,
  alone: ReadonlySet<OptionValue>,
  list: readonly Option[],
  boxes: readonly HTMLInputElement[],
): void {
  boxes.forEach((box, place) => {
    const { value } = list[place]!;
    if (value !== ticked && (alone.has(ticked) || alone.has(value))) box.checked = false;
  });
}

/** An answer that nobody has to give can be taken back by pressing it again. */
function canBeCleared(
  box: HTMLInputElement,
  boxes: readonly HTMLInputElement[],
  { changed }: ControlContext,
): void {
  box.addEventListener("click", () => {
    if (box.dataset["was"] === "ticked") {
      box.checked = false;
      changed();
    }
    remember(boxes);
  });
}

/** Note which boxes are ticked: a press has ticked its box before anybody hears of it. */
function remember(boxes: readonly HTMLInputElement[]): void {
  for (const box of boxes) {
    if (box.checked) box.dataset["was"] = "ticked";
    else delete box.dataset["was"];
  }
}

/** The points of a scale in a row, with words at each or at the ends. */
export const likert: ControlFactory = (question, context) => {
  const points = question.options ?? [];
  const last = points.length - 1;
  const ends: Record<number, string> = { 0: question.low ?? "", [last]: question.high ?? "" };
  const boxes = points.map((point) =>
    h("input", {
      type: "radio",
      name: context.id,
      value: keyOf(point.value),
      change: context.changed,
    }),
  );
  const many = points.length > 11 && !question.labelled;
  const labels = points.map((point, place) => {
    const end = ends[place] ? h("span", { class: "visually-hidden" }, `, ${ends[place]}`) : null;
    const name = h("span", { class: many ? "visually-hidden" : "" }, point.label, end);
    return h("label", { class: "survey-point" }, boxes[place]!, name);
  });
  if (!question.required) boxes.forEach((box) => canBeCleared(box, boxes, context));
  const kind = question.labelled ? "survey-scale survey-labelled" : "survey-scale";
  const row = h("div", { class: many ? `${kind} survey-many` : kind }, ...labels);
  const hasEnds = Boolean(question.low || question.high);
  return {
    element: h("div", {}, row, hasEnds ? endLabels(question.low, question.high) : null),
    focusable: boxes[0]!,
    labelled: null,
    value: () => points[boxes.findIndex((box) => box.checked)]?.value ?? null,
    set: (value) => {
      boxes.forEach((box, place) => (box.checked = points[place]!.value === value));
      remember(boxes);
    },
  };
};

/** What stands at the two ends of a line, only to be seen since the controls say it too, and between them. */
export function endLabels(low = "", high = "", between: HTMLElement | null = null): HTMLElement {
  const [left, right] = [low, high].map((end) =>
    h("span", { "aria-hidden": true, dir: "auto" }, end),
  );
  return h("div", { class: "survey-ends" }, left!, between, right!);
}

/** A box to tick, whose label is the question. */
export const agree: ControlFactory = (_, { id, changed }) => {
  const box = h("input", { type: "checkbox", id, change: changed });
  return {
    element: box,
    focusable: box,
    labelled: box,
    value: () => box.checked,
    set: (value) => {
      box.checked = value === true;
    },
  };
};
