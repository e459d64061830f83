import { h } from "../page/dom.js";
import { type Field, fieldsIn, fieldsOf } from "./answers.js";

/** Shows what is wrong beside the fields it is wrong with, and takes the focus to the first of them. */
export class FieldErrors {
  readonly #root: HTMLElement;
  readonly #summary: HTMLElement;
  #shown: HTMLElement[] = [];
  #marked: Field[] = [];

  constructor(root: HTMLElement, summary: HTMLElement) {
    this.#root = root;
    this.#summary = summary;
  }

  /** Check every field as the browser does; show the first complaint of each. True if all is well. */
  validate(): boolean {
    const errors: Record<string, string> = {};
    for (const field of fieldsIn(this.#root)) {
      const name = field.name || field.id;
      if (!field.checkValidity() && !(name in errors)) errors[name] = field.validationMessage;
    }
    this.show(errors);
    return Object.keys(errors).length === 0;
  }

  /** Show these errors, by answer name, in place of earlier ones; "" is for the page as a whole. */
  show(errors: Record<string, string>): void {
    this.clear();
    const general: string[] = [];
    for (const [name, text] of Object.entries(errors)) {
      const fields = name === "" ? [] : fieldsOf(this.#root, name);
      if (fields.length === 0) general.push(text);
      else this.#showBeside(fields, text);
    }
    if (this.#marked.length > 0 && general.length === 0) {
      general.push("Please look at the marked questions.");
    }
    this.#summary.textContent = general.join(" ");
    (this.#marked[0] ?? (general.length > 0 ? this.#summary : null))?.focus();
  }

  /** Take all errors away. */
  clear(): void {
    for (const element of this.#shown) element.remove();
    for (const field of this.#marked) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
    this.#shown = [];
    this.#marked = [];
    this.#summary.textContent = "";
  }

  #showBeside(fields: Field[], text: string): void {
    const id = `mug-error-${this.#shown.length}`;
    const message = h("p", { class: "field-error", id }, text);
    const last = fields[fields.length - 1]!;
    (last.closest("label") ?? last).after(message);
    for (const field of fields) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
      this.#marked.push(field);
    }
    this.#shown.push(message);
  }
}
