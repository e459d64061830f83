import {
  AdvanceButton,
  h,
  type MountedScene,
  RichBlock,
  type SceneContext,
  show,
} from "@mug/client";
import { askWhetherToDecline } from "./decline.js";
import { Course } from "./course.js";
import { Drafts, LONGEST_BYTES, sizeOf } from "./drafts.js";
import { NoteBlock, QuestionBlock, write } from "./items/block.js";
import { complaint } from "./rules.js";
import { Stopwatch } from "./stopwatch.js";
import { ErrorSummary } from "./summary.js";
import { said, type SurveyPage, type Values } from "./types.js";

/** No more than two drafts a second: servers take no more for long. */
const DRAFT_MS = 500;

/** One page of a survey, or a consent. */
export class SurveyView implements MountedScene {
  readonly #context: SceneContext;
  readonly #page: SurveyPage;
  readonly #blocks = new Map<string, QuestionBlock>();
  readonly #notes: { block: NoteBlock; place: number }[] = [];
  readonly #drafts: Drafts;
  readonly #summary: ErrorSummary;
  readonly #watch: Stopwatch;
  readonly #heading = h("h1", { dir: "auto" });
  readonly #body: RichBlock;
  readonly #buttons: AdvanceButton[] = [];
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #unsaved = false;
  /** The attempt at a quiz that has not been answered yet: pressed again, it is the same one. */
  #attempt = "";

  constructor(context: SceneContext, participant = "") {
    this.#context = context;
    this.#page = context.scene.page as unknown as SurveyPage;
    this.#drafts = new Drafts(context, participant);
    const draft = this.#drafts.typed(this.#page.step);
    this.#watch = new Stopwatch((draft["$seconds"] as Record<string, number> | undefined) ?? {});
    this.#summary = new ErrorSummary(this.#page.texts);
    this.#body = new RichBlock(this.#page.body, "scene-body");
    this.#build({ ...this.#page.answers, ...draft });
    this.#update();
    document.addEventListener("visibilitychange", this.#hidden);
  }

  refused(errors: Record<string, string>): void {
    this.#attempt = "";
    this.#enable();
    this.#complain(errors);
    // the server has judged what was typed last, and a reload must not lose it
    this.#save();
  }

  resumed(): void {
    this.#enable();
    if (this.#unsaved) this.#save();
  }

  destroy(): void {
    clearTimeout(this.#draftTimer);
    document.removeEventListener("visibilitychange", this.#hidden);
    this.#watch.destroy();
    this.#body.destroy();
    for (const button of this.#buttons) button.destroy();
    for (const { block } of this.#notes) block.destroy();
  }

  // ------------------------------------------------------------------------------------- the page

  #build(answers: Values): void {
    const { root } = this.#context;
    const page = this.#page;
    root.classList.add("survey");
    root.dir = page.direction;
    if (page.language !== "") root.lang = page.language;
    const items = h("div", { class: "survey-items" });
    page.items.forEach((item, place) => {
      if (item.type === "note") {
        const block = new NoteBlock(item);
        this.#notes.push({ block, place });
        items.append(block.element);
        return;
      }
      const id = `survey-${item.name}`;
      const block = new QuestionBlock(item, {
        texts: page.texts,
        id,
        changed: () => this.#changed(item.name),
      });
      block.control.set(answers[item.name] ?? null);
      this.#blocks.set(item.name, block);
      items.append(block.element);
    });
    items.addEventListener("keydown", (event) => this.#key(event));
    const titled = page.title !== "";
    root.append(
      ...(titled && page.header ? [h("p", { class: "subheader survey-over" }, page.header)] : []),
      this.#heading,
      ...(page.subheader ? [h("p", { class: "subheader", dir: "auto" }, page.subheader)] : []),
      ...(page.pages > 1 ? [this.#progress()] : []),
      this.#summary.element,
      this.#body.element,
      items,
      h("p", { class: "actions" }, ...this.#actions()),
    );
  }

  #progress(): HTMLElement {
    const { texts, number, pages } = this.#page;
    const text = said(texts, "page", { number: String(number), pages: String(pages) });
    const bar = h("progress", { max: pages, value: number - 1, "aria-hidden": true });
    return h("div", { class: "survey-progress" }, h("span", {}, text), bar);
  }

  #actions(): HTMLElement[] {
    const { texts, consent, quiz, back } = this.#page;
    const label = consent?.agree ?? texts[quiz ? "check" : "continue"]!;
    const advance = new AdvanceButton(() => this.#advance(), label);
    this.#buttons.push(advance);
    if (consent) {
      const decline = h("button", { type: "button", "data-testid": "decline" }, consent.decline);
      decline.addEventListener("click", () => {
        void askWhetherToDecline(this.#context.root, texts).then((sure) => {
          if (sure) this.#context.advance({ $step: this.#page.step, agreed: false });
        });
      });
      return [advance.element, decline];
    }
    if (!back) return [advance.element];
    const way = h("button", { type: "button", "data-testid": "back" }, texts["back"]!);
    way.addEventListener("click", () => {
      const answers = this.#answers();
      if (sizeOf(answers) > LONGEST_BYTES) {
        this.#complain({ "": texts["too_much"]! });
        return;
      }
      clearTimeout(this.#draftTimer);
      this.#context.advance({ ...answers, $back: true });
    });
    return [way, advance.element];
  }

  // ------------------------------------------------------------------------------ what is answered

  #course(): Course {
    return new Course(this.#page, (name) => this.#blocks.get(name)?.control.value());
  }

  /** The answers to what is shown, and what the server needs to know besides. */
  #answers(): Values {
    const { answers } = this.#course();
    return { ...answers, $step: this.#page.step, $seconds: this.#watch.seconds };
  }

  #update(): void {
    const course = this.#course();
    const { title, header, items } = this.#page;
    write(this.#heading, title === "" ? header || document.title : title, course);
    this.#heading.classList.toggle("visually-hidden", title === "" && header === "");
    for (const { block, place } of this.#notes) {
      block.pipe(course);
      show(block.element, course.shown.has(items[place]!));
    }
    for (const block of this.#blocks.values()) {
      block.pipe(course);
      show(block.element, course.shown.has(block.question));
    }
  }

  #changed(name: string): void {
    this.#watch.changed(name);
    const block = this.#blocks.get(name)!;
    block.complain(null);
    this.#summary.forget(block);
    this.#update();
    this.#unsaved = true;
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#save(), DRAFT_MS);
  }

  /** A page that is hidden may be closed without a word. */
  readonly #hidden = (): void => {
    if (document.visibilityState === "hidden" && this.#unsaved) this.#save();
  };

  #save(): void {
    clearTimeout(this.#draftTimer);
    this.#drafts.save(this.#answers());
  }

  // ------------------------------------------------------------------------------------ moving on

  #advance(): boolean {
    const answers = this.#answers();
    const errors = this.#wrong();
    if (sizeOf(answers) > LONGEST_BYTES) errors[""] = this.#page.texts["too_much"]!;
    this.#complain(errors);
    if (Object.keys(errors).length > 0) return false;
    clearTimeout(this.#draftTimer);
    const { consent, quiz } = this.#page;
    if (quiz) {
      this.#attempt ||= Math.random().toString(36).slice(2);
      answers["$attempt"] = this.#attempt;
    }
    this.#context.advance(consent ? { ...answers, agreed: true, sha256: consent.sha256 } : answers);
    return true;
  }

  #wrong(): Record<string, string> {
    const course = this.#course();
    const errors: Record<string, string> = {};
    for (const item of course.shown) {
      if (item.type === "note") continue;
      const wrong = complaint(item, course.answers[item.name]);
      if (wrong !== null) errors[item.name] = said(this.#page.texts, wrong.text, wrong.values);
    }
    return errors;
  }

  #complain(errors: Record<string, string>): void {
    this.#summary.clear();
    const wrong: [QuestionBlock, string][] = [];
    for (const [name, block] of this.#blocks) {
      const text = errors[name] ?? null;
      block.complain(text);
      if (text !== null) wrong.push([block, text]);
    }
    const general = Object.keys(errors)
      .filter((name) => !this.#blocks.has(name))
      .map((name) => errors[name]!);
    if (Object.keys(errors).length > 0) this.#summary.show(general.join(" "), wrong);
  }

  #enable(): void {
    for (const button of this.#buttons) button.enable();
  }

  #key(event: KeyboardEvent): void {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    if (["checkbox", "radio", "range", "date"].includes(field.type)) return;
    event.preventDefault();
    // to agree takes a press of the button that says so
    if (!this.#page.consent) this.#buttons[0]?.element.click();
  }
}
