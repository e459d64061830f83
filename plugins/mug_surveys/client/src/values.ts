/** What answers are to expressions. `mug_surveys/values.py` says the same; `tests/examples.json` holds both to it. */

const LARGEST_SHOWN = 1e15;

/** The number that a value is, null for everything else. */
export function numberIn(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values are equal: numbers by their amount, lists and objects by what is in them. */
export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((part, place) => same(part, other[place]));
  }
  if (isObject(one) && isObject(other)) {
    const keys = Object.keys(one);
    if (keys.length !== Object.keys(other).length) return false;
    return keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
  }
  return one === other;
}

/** Whether a value counts as true: not null, false, zero, or empty. */
export function truth(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Whether one value comes before another: of two numbers, or of two texts by their characters' codes. */
export function less(one: unknown, other: unknown): boolean {
  const [first, second] = [numberIn(one), numberIn(other)];
  if (first !== null && second !== null) return first < second;
  if (typeof one !== "string" || typeof other !== "string") return false;
  const [left, right] = [[...one], [...other]];
  for (let place = 0; place < Math.min(left.length, right.length); place++) {
    const difference = left[place]!.codePointAt(0)! - right[place]!.codePointAt(0)!;
    if (difference !== 0) return difference < 0;
  }
  return left.length < right.length;
}

/** Whether a value is in a list, or a text in a text. */
export function within(part: unknown, whole: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((item) => same(part, item));
  return typeof part === "string" && typeof whole === "string" && whole.includes(part);
}

/** A value as participants read it; nothing and objects are empty. */
export function asText(value: unknown, yes: string, no: string): string {
  if (typeof value === "boolean") return value ? yes : no;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => asText(item, yes, no)).join(", ");
  const number = numberIn(value);
  return number === null ? "" : numberText(number);
}

/** A number with at most six decimal places and no superfluous ones. */
export function numberText(number: number): string {
  if (Math.abs(number) > LARGEST_SHOWN) return "";
  const text = number.toFixed(6).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}
