/** What the server says about a page of a survey. */

/** An expression as nested lists, made by `mug_surveys.expressions`. */
export type Tree = [string, ...unknown[]];

/** A text, or its parts when answers stand in it. */
export type PipedText = string | (string | { ref: string })[];

export type OptionValue = string | number | boolean;

export interface Option {
  value: OptionValue;
  label: string;
  image?: string;
  alt?: string;
  exclusive?: boolean;
}

/** A question or a note. Which of the optional fields there are depends on its type. */
export interface Item {
  name: string;
  type: string;
  text: PipedText;
  when: Tree | null;
  help?: PipedText;
  required?: boolean;
  html?: string;
  options?: Option[];
  lines?: { value: string; label: string }[];
  least?: number;
  most?: number | null;
  rows?: number;
  format?: string;
  pattern?: string;
  placeholder?: string;
  autocomplete?: string;
  minimum?: number | string | null;
  maximum?: number | string | null;
  whole?: boolean;
  unit?: string;
  step?: number;
  low?: string;
  high?: string;
  labelled?: boolean;
  shows_value?: boolean;
}

export type Texts = Record<string, string>;
export type Values = Record<string, unknown>;

export interface SurveyPage {
  header: string;
  subheader: string;
  body: string;
  language: string;
  direction: string;
  texts: Texts;
  consent?: { agree: string; decline: string; sha256: string };
  step: number;
  number: number;
  pages: number;
  back: boolean;
  quiz: boolean;
  title: PipedText;
  items: Item[];
  answers: Values;
  known: Values;
  shown: Record<string, string>;
}

/** A text of mug's own, with values filled in. */
export function said(texts: Texts, name: string, values: Record<string, string> = {}): string {
  let text = texts[name] ?? "";
  for (const [key, value] of Object.entries(values)) text = text.replaceAll(`{${key}}`, value);
  return text;
}
