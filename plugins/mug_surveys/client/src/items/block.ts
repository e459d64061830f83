import { h, RichBlock, setText, show } from "@mug/client";
import type { Course } from "../course.js";
import type { Item, PipedText } from "../types.js";
import type { Control, ControlContext, ControlFactory } from "./control.js";
import { dateField, dropdown, longText, numberField, textField } from "./fields.js";
import { matrix } from "./matrix.js";
import { agree, choice, choices, likert } from "./options.js";
import { ranking } from "./ranking.js";
import { slider } from "./slider.js";

const CONTROLS: Record<string, ControlFactory> = {
  text: textField,
  long_text: longText,
  number: numberField,
  yes_no: choice,
  choice,
  choices,
  dropdown,
  likert,
  matrix,
  slider,
  ranking,
  date: dateField,
  agree,
};

/** Write a text into an element; answers in it keep their own direction. */
export function write(element: HTMLElement, text: PipedText, course: Course): void {
  const nodes = course
    .parts(text)
    .map((part) => (part.piped ? h("bdi", {}, part.text) : document.createTextNode(part.text)));
  const now = nodes.map((node) => node.textContent).join("");
  if (element.textContent !== now) element.replaceChildren(...nodes);
}

/** A question on the page: its text, help, control and complaint. */
export class QuestionBlock {
  readonly element: HTMLElement;
  readonly control: Control;
  readonly question: Item;
  readonly #text = h("span", { class: "survey-text", dir: "auto" });
  readonly #help: HTMLElement;
  readonly #complaint: HTMLElement;

  constructor(question: Item, context: ControlContext) {
    this.question = question;
    this.control = CONTROLS[question.type]!(question, context);
    this.#help = h("p", { class: "survey-help", id: `${context.id}.help`, dir: "auto" });
    this.#complaint = h("p", { class: "field-error", id: `${context.id}.error` });
    this.element = this.#frame(context);
    this.element.dataset["question"] = question.name;
    show(this.#complaint, false);
  }

  /** Fill answers into the texts. */
  pipe(course: Course): void {
    write(this.#text, this.question.text, course);
    write(this.#help, this.question.help ?? "", course);
    show(this.#help, this.#help.textContent !== "");
    this.#describe();
  }

  /** Say what is wrong with the answer, or take it back. */
  complain(text: string | null): void {
    setText(this.#complaint, text ?? "");
    show(this.#complaint, text !== null);
    this.element.classList.toggle("survey-wrong", text !== null);
    const target = this.control.labelled ?? this.control.focusable;
    if (text === null) target.removeAttribute("aria-invalid");
    else target.setAttribute("aria-invalid", "true");
    this.#describe();
  }

  /** What the question asks, as it can be read. */
  get text(): string {
    return this.#text.textContent ?? "";
  }

  #describe(): void {
    const ids = [];
    if (!this.#help.hidden) ids.push(this.#help.id);
    const unit = this.element.querySelector(".survey-unit");
    if (unit !== null) ids.push(unit.id);
    if (!this.#complaint.hidden) ids.push(this.#complaint.id);
    const described = this.control.labelled ?? this.element;
    if (ids.length > 0) described.setAttribute("aria-describedby", ids.join(" "));
    else described.removeAttribute("aria-describedby");
  }

  #frame({ id, texts }: ControlContext): HTMLElement {
    const { labelled, element } = this.control;
    const optional = this.question.required
      ? null
      : h("span", { class: "survey-optional" }, ` (${texts["optional"]!})`);
    if (this.question.type === "agree") {
      const label = h(
        "label",
        { class: "survey-option" },
        h("span", { class: "survey-tick" }, element, this.#text),
      );
      return h("div", { class: "survey-question" }, label, this.#help, this.#complaint);
    }
    if (labelled === null) {
      const legend = h("legend", {}, this.#text, optional);
      return h(
        "fieldset",
        { class: "survey-question" },
        legend,
        this.#help,
        element,
        this.#complaint,
      );
    }
    const label = h("label", { class: "survey-label", for: id }, this.#text, optional);
    return h("div", { class: "survey-question" }, label, this.#help, element, this.#complaint);
  }
}

/** A text between questions. */
export class NoteBlock {
  readonly element: HTMLElement;
  readonly #item: Item;
  readonly #rich: RichBlock | null;

  constructor(item: Item) {
    this.#item = item;
    this.#rich = item.html ? new RichBlock(item.html, "survey-note") : null;
    this.element = this.#rich?.element ?? h("div", { class: "survey-note" });
  }

  /** Fill answers into the text. */
  pipe(course: Course): void {
    if (this.#rich !== null) return;
    const text = course
      .parts(this.#item.text)
      .map((part) => part.text)
      .join("");
    const paragraphs = text.split(/\n\s*\n/).map((paragraph) => h("p", { dir: "auto" }, paragraph));
    this.element.replaceChildren(...paragraphs);
  }

  destroy(): void {
    this.#rich?.destroy();
  }
}
