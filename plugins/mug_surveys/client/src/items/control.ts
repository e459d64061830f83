import type { Item, OptionValue, Texts } from "../types.js";

/** The part of a question that is operated. */
export interface Control {
  readonly element: HTMLElement;
  /** What takes the focus when the question is wrong, and is described by its help and its complaint. */
  readonly focusable: HTMLElement;
  /** The element that the question's text labels; null for a group of several, which gets a legend. */
  readonly labelled: HTMLElement | null;
  value(): unknown;
  set(value: unknown): void;
}

/** What a control may use. */
export interface ControlContext {
  readonly texts: Texts;
  /** An id that no other question has. With a dot and more after it, it is that of a part: names have no dots. */
  readonly id: string;
  /** The answer has changed. */
  changed(): void;
}

export type ControlFactory = (question: Item, context: ControlContext) => Control;

/** What an option is called in an attribute: values of different types stay different. */
export function keyOf(value: OptionValue): string {
  return JSON.stringify(value);
}
