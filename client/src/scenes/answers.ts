import type { Answers } from "../scene.js";

export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const NOT_ANSWERS = new Set(["button", "submit", "reset", "image", "file", "password"]);

/** Every form field inside an element that a participant can fill in. */
export function fieldsIn(root: ParentNode): Field[] {
  const found = root.querySelectorAll<Field>("input, select, textarea");
  return [...found].filter((field) => !field.disabled && !NOT_ANSWERS.has(field.type));
}

/** The names of the answers that an element's fields give: each field's name, or else its id. */
export function answerNames(root: ParentNode): string[] {
  const names = fieldsIn(root).map((field) => field.name || field.id);
  return [...new Set(names)].filter((name) => name !== "");
}

/** The fields that give one answer: several for radio buttons and groups of checkboxes. */
export function fieldsOf(root: ParentNode, name: string): Field[] {
  const fields = fieldsIn(root);
  const byName = fields.filter((field) => field.name === name);
  return byName.length > 0 ? byName : fields.filter((field) => field.id === name);
}

/** Read the answers of these names. */
export function readAnswers(root: ParentNode, names: readonly string[]): Answers {
  const answers: Answers = {};
  for (const name of names) {
    const fields = fieldsOf(root, name);
    if (fields.length > 0) answers[name] = readOne(fields);
  }
  return answers;
}

function readOne(fields: Field[]): unknown {
  const field = fields[0]!;
  if (field instanceof HTMLSelectElement && field.multiple) {
    return [...field.options].filter((option) => option.selected).map((option) => option.value);
  }
  if (!(field instanceof HTMLInputElement)) return field.value;
  const ticked = fields.filter(
    (other): other is HTMLInputElement => "checked" in other && other.checked,
  );
  if (field.type === "radio") return ticked[0]?.value ?? null;
  if (field.type === "checkbox") {
    return fields.length === 1 ? field.checked : ticked.map((other) => other.value);
  }
  if (field.type === "number" || field.type === "range") {
    return Number.isNaN(field.valueAsNumber) ? null : field.valueAsNumber;
  }
  return field.value;
}

/** Put answers back into their fields. */
export function writeAnswers(root: ParentNode, answers: Answers): void {
  for (const [name, answer] of Object.entries(answers)) {
    for (const field of fieldsOf(root, name)) writeOne(field, answer);
  }
}

function writeOne(field: Field, answer: unknown): void {
  const chosen = Array.isArray(answer) ? answer.map(String) : [String(answer)];
  if (field instanceof HTMLSelectElement && field.multiple) {
    for (const option of field.options) option.selected = chosen.includes(option.value);
  } else if (field.type === "radio" && field instanceof HTMLInputElement) {
    field.checked = chosen.includes(field.value);
  } else if (field.type === "checkbox" && field instanceof HTMLInputElement) {
    field.checked = typeof answer === "boolean" ? answer : chosen.includes(field.value);
  } else {
    field.value = answer === null || answer === undefined ? "" : chosen.join(",");
  }
}
