/**
 * What is wrong with an answer: the rules of `mug_surveys/rules.py`, for complaints before the server's. Examples
 * and a comparison on random answers hold the two together.
 */

import type { Item, Option, OptionValue } from "./types.js";
import { isObject, numberIn, numberText, same } from "./values.js";

/** What is wrong: the name of a text, and what to fill into it. */
export interface Complaint {
  text: string;
  values: Record<string, string>;
}

const LARGEST = 2 ** 53;
const BLANK = /^[ \t\r\n\u00a0\u2000-\u200f\u3000\ufeff]*$/;
const HALVES = /[\ud800-\udfff]/u;
const EMAIL = /^[^ \t\r\n\u00a0@<>"']+@[^ \t\r\n\u00a0@<>"'.]+(\.[^ \t\r\n\u00a0@<>"'.]+)+$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;

/** Whether a value is no answer: nothing, a blank text, an empty list or object. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return BLANK.test(value);
  if (Array.isArray(value)) return value.length === 0;
  return value === null || value === undefined || (isObject(value) && isBare(value));
}

/** What is wrong with an answer, null when it can be stored as it is. */
export function complaint(question: Item, value: unknown): Complaint | null {
  if (question.type === "agree") return agree(question, value);
  if (isEmpty(value)) return question.required ? says("required") : null;
  return RULES[question.type]!(question, value);
}

function says(text: string, values: Record<string, string> = {}): Complaint {
  return { text, values };
}

function isBare(value: Record<string, unknown>): boolean {
  return Object.keys(value).length === 0;
}

function agree(question: Item, value: unknown): Complaint | null {
  if (value !== null && value !== undefined && typeof value !== "boolean") return says("option");
  return question.required && value !== true ? says("agree") : null;
}

function text(question: Item, value: unknown): Complaint | null {
  if (typeof value !== "string" || HALVES.test(value)) return says("not_text");
  const length = [...value].length;
  if (length > question.most!) return says("too_long", { most: String(question.most) });
  if (length < question.least!) return says("too_short", { least: String(question.least) });
  if (question.format === "email" && !EMAIL.test(value)) return says("email");
  if (question.pattern && !new RegExp(`^(?:${question.pattern})$`, "u").test(value)) {
    return says("pattern");
  }
  return null;
}

function number(question: Item, value: unknown): Complaint | null {
  const given = numberIn(value);
  if (given === null || Math.abs(given) > LARGEST) return says(question.whole ? "whole" : "number");
  if (question.whole && !Number.isInteger(given)) return says("whole");
  const [low, high] = [numberIn(question.minimum), numberIn(question.maximum)];
  if (low !== null && high !== null && (given < low || given > high)) {
    return says("range", { minimum: numberText(low), maximum: numberText(high) });
  }
  if (low !== null && given < low) return says("too_small", { minimum: numberText(low) });
  if (high !== null && given > high) return says("too_large", { maximum: numberText(high) });
  return null;
}

function slider(question: Item, value: unknown): Complaint | null {
  const given = numberIn(value);
  const fits =
    given !== null && given >= Number(question.minimum) && given <= Number(question.maximum);
  return fits ? null : says("option");
}

function one(question: Item, value: unknown): Complaint | null {
  return isOption(question.options!, value) ? null : says("option");
}

function several(question: Item, value: unknown): Complaint | null {
  const chosen = distinct(question.options!, value);
  if (chosen === null) return says("option");
  const alone = question.options!.filter((option) => option.exclusive);
  const excludes = alone.some((option) => chosen.some((given) => same(given, option.value)));
  if (chosen.length > 1 && excludes) return says("exclusive");
  const { least, most } = question;
  if (chosen.length < least! && !excludes) return says("too_few", { least: String(least) });
  if (typeof most === "number" && chosen.length > most) {
    return says("too_many", { most: String(most) });
  }
  return null;
}

function matrix(question: Item, value: unknown): Complaint | null {
  const rows = question.lines!.map((row) => row.value);
  if (!isObject(value) || !Object.keys(value).every((row) => rows.includes(row))) {
    return says("option");
  }
  const given = Object.values(value).filter((answer) => answer !== null && answer !== undefined);
  if (!given.every((answer) => isOption(question.options!, answer))) return says("option");
  return question.required && given.length < rows.length ? says("rows") : null;
}

function ranking(question: Item, value: unknown): Complaint | null {
  const ranked = distinct(question.options!, value);
  if (ranked === null) return says("option");
  const most = question.most ?? null;
  if (ranked.length === (most ?? question.options!.length)) return null;
  return most === null ? says("rank") : says("rank_some", { most: String(most) });
}

function date(question: Item, value: unknown): Complaint | null {
  const found = typeof value === "string" ? DATE.exec(value) : null;
  if (found === null || !exists(Number(found[1]), Number(found[2]), Number(found[3]))) {
    return says("date");
  }
  const [low, high] = [String(question.minimum), String(question.maximum)];
  if (low !== "" && found[0] < low) return says("date_early", { minimum: low });
  if (high !== "" && found[0] > high) return says("date_late", { maximum: high });
  return null;
}

function exists(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= days[month - 1]!;
}

function isOption(options: readonly Option[], value: unknown): value is OptionValue {
  return options.some((option) => same(option.value, value));
}

/** The chosen values, null when they are no options or one comes twice. */
function distinct(options: readonly Option[], value: unknown): unknown[] | null {
  if (!Array.isArray(value) || value.length > options.length) return null;
  const fits = value.every(
    (given, place) =>
      isOption(options, given) && !value.slice(0, place).some((other) => same(given, other)),
  );
  return fits ? value : null;
}

const RULES: Record<string, (question: Item, value: unknown) => Complaint | null> = {
  text,
  long_text: text,
  number,
  yes_no: one,
  choice: one,
  choices: several,
  dropdown: one,
  likert: one,
  matrix,
  slider,
  ranking,
  date,
};
