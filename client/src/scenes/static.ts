import { AdvanceButton } from "../page/advance_button.js";
import { h } from "../page/dom.js";
import type { MountedScene, SceneContext } from "../scene.js";
import { answerNames, readAnswers, writeAnswers } from "./answers.js";
import { FieldErrors } from "./field_errors.js";
import { Heading } from "./heading.js";

const DRAFT_MS = 300;

/** A page of the researcher's: text, form fields, and a button that leads on. */
export function staticScene(context: SceneContext): MountedScene {
  return new StaticPage(context);
}

class StaticPage implements MountedScene {
  readonly #context: SceneContext;
  readonly #heading: Heading;
  readonly #names: readonly string[];
  readonly #errors: FieldErrors;
  readonly #button = new AdvanceButton(() => this.#advance());
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #unsaved = false;

  constructor(context: SceneContext) {
    this.#context = context;
    const { page, answers } = context.scene;
    this.#heading = new Heading(page);
    const body = this.#heading.body.element;
    this.#names = Array.isArray(page["fields"]) ? page["fields"].map(String) : answerNames(body);
    const summary = h("p", { class: "page-error", role: "alert", tabindex: -1 });
    context.root.append(
      ...this.#heading.elements.filter((element) => element !== null),
      summary,
      h("p", { class: "actions" }, this.#button.element),
    );
    this.#errors = new FieldErrors(body, summary);
    writeAnswers(body, answers);
    body.addEventListener("input", () => this.#changed());
    body.addEventListener("submit", (event) => event.preventDefault());
    body.addEventListener("keydown", (event) => this.#key(event));
  }

  refused(errors: Record<string, string>): void {
    this.#button.enable();
    this.#errors.show(errors);
  }

  resumed(): void {
    this.#button.enable();
    if (this.#unsaved) this.#save();
  }

  destroy(): void {
    clearTimeout(this.#draftTimer);
    this.#button.destroy();
    this.#heading.destroy();
  }

  #advance(): boolean {
    if (!this.#errors.validate()) return false;
    clearTimeout(this.#draftTimer);
    this.#context.advance(this.#answers());
    return true;
  }

  #changed(): void {
    if (this.#names.length === 0) return;
    this.#unsaved = true;
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#save(), DRAFT_MS);
  }

  #save(): void {
    this.#context.draft(this.#answers());
  }

  #answers(): Record<string, unknown> {
    return readAnswers(this.#heading.body.element, this.#names);
  }

  #key(event: KeyboardEvent): void {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    if (["checkbox", "radio", "button", "range", "color"].includes(field.type)) return;
    event.preventDefault();
    this.#button.element.click();
  }
}
