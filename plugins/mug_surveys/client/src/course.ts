/** What of a page is shown, given what is on it so far. */

import { evaluate } from "./expressions.js";
import type { Item, PipedText, SurveyPage, Texts, Values } from "./types.js";
import { asText, isObject, same, truth } from "./values.js";

/** The page's answers that count, and which of its items are shown. */
export class Course {
  readonly shown = new Set<Item>();
  /** The answers of the questions that are shown. */
  readonly answers: Values = {};
  readonly #page: SurveyPage;

  constructor(page: SurveyPage, given: (name: string) => unknown) {
    this.#page = page;
    for (const item of page.items) {
      if (item.when !== null && !truth(evaluate(item.when, (name) => this.value(name)))) continue;
      this.shown.add(item);
      if (item.type !== "note") this.answers[item.name] = given(item.name) ?? null;
    }
  }

  /** What a name stands for: an answer of this page, else what the server says of it. */
  value(name: string): unknown {
    if (this.#isOwn(name)) return this.answers[name] ?? null;
    if (Object.hasOwn(this.#page.known, name)) return this.#page.known[name];
    const dot = name.lastIndexOf(".");
    if (dot < 0) return null;
    const whole = this.value(name.slice(0, dot));
    const part = name.slice(dot + 1);
    return isObject(whole) && Object.hasOwn(whole, part) ? whole[part] : null;
  }

  /** The parts of a text, each plain or what stands for a name. */
  parts(text: PipedText): { text: string; piped: boolean }[] {
    if (typeof text === "string") return [{ text, piped: false }];
    return text.map((part) =>
      typeof part === "string"
        ? { text: part, piped: false }
        : { text: this.#textOf(part.ref), piped: true },
    );
  }

  #textOf(name: string): string {
    const { texts, items, shown } = this.#page;
    const own = items.find((item) => item.name === name && item.type !== "note");
    if (own) return labelled(own, this.value(name), texts);
    if (Object.hasOwn(shown, name)) return shown[name]!;
    return asText(this.value(name), texts["yes"]!, texts["no"]!);
  }

  #isOwn(name: string): boolean {
    return this.#page.items.some((item) => item.name === name && item.type !== "note");
  }
}

function labelled(question: Item, value: unknown, texts: Texts): string {
  const options = question.type === "matrix" ? [] : (question.options ?? []);
  const label = (one: unknown): string => {
    const found = options.find((option) => same(option.value, one))?.label;
    return found || asText(one, texts["yes"]!, texts["no"]!);
  };
  if (Array.isArray(value)) return value.map(label).join(", ");
  return isObject(value) ? "" : label(value);
}
