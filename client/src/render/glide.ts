import type { Props, PropValue } from "./commands.js";

/** What says where something is; everything else is right at once. */
const PLACES = new Set(["x", "y", "points", "angle"]);

/**
 * Something was shown in a place that turned out wrong: by how much, since when, and for how many
 * milliseconds it may glide. It follows where the thing goes meanwhile.
 */
export interface Glide {
  readonly off: Props;
  readonly since: number;
  readonly duration: number;
}

/** The glide from what is shown to what is right; null if nothing is in another place. */
export function glideFrom(
  shown: Props,
  right: Props,
  since: number,
  duration: number,
): Glide | null {
  const off: Record<string, PropValue> = {};
  for (const name of PLACES) {
    const difference = subtract(shown[name], right[name]);
    if (difference !== null) off[name] = difference;
  }
  return Object.keys(off).length === 0 ? null : { off, since, duration };
}

/** Where something is seen that glides; null once it is where it should be. */
export function gliding(glide: Glide, props: Props, now: number): Props | null {
  const left = 1 - Math.max(0, now - glide.since) / glide.duration;
  if (left <= 0) return null;
  const share = left * left;
  const seen: Record<string, PropValue> = { ...props };
  for (const [name, off] of Object.entries(glide.off)) {
    const sum = add(props[name], off, share);
    if (sum !== null) seen[name] = sum;
  }
  return seen;
}

function subtract(from: PropValue | undefined, what: PropValue | undefined): PropValue | null {
  if (typeof from === "number" && typeof what === "number") {
    return from === what ? null : from - what;
  }
  if (!isNumbers(from) || !isNumbers(what) || from.length !== what.length) return null;
  const differences = from.map((value, index) => value - what[index]!);
  return differences.some((difference) => difference !== 0) ? differences : null;
}

function add(to: PropValue | undefined, what: PropValue, share: number): PropValue | null {
  if (typeof to === "number" && typeof what === "number") return to + what * share;
  if (!isNumbers(to) || !isNumbers(what) || to.length !== what.length) return null;
  return to.map((value, index) => value + what[index]! * share);
}

function isNumbers(value: PropValue | undefined): value is readonly number[] {
  return Array.isArray(value);
}
