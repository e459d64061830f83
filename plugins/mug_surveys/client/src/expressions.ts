/** Evaluates conditions as `mug_surveys/expressions.py` does; `tests/examples.json` holds both to it. */

import type { Tree } from "./types.js";
import { less, numberIn, same, truth, within } from "./values.js";

export type Lookup = (name: string) => unknown;

/** The value of an expression; `lookup` gives the value of a name, null or undefined for an unknown one. */
export function evaluate(tree: Tree, lookup: Lookup): unknown {
  const [kind, ...parts] = tree;
  const value = (place: number): unknown => evaluate(parts[place] as Tree, lookup);
  switch (kind) {
    case "lit":
      return parts[0];
    case "ref":
      return lookup(String(parts[0])) ?? null;
    case "list":
      return parts.map((_, place) => value(place));
    case "not":
      return !truth(value(0));
    case "and":
      return truth(value(0)) && truth(value(1));
    case "or":
      return truth(value(0)) || truth(value(1));
    default:
      return operate(kind, value(0), value(1));
  }
}

function operate(kind: string, one: unknown, other: unknown): unknown {
  switch (kind) {
    case "==":
      return same(one, other);
    case "!=":
      return !same(one, other);
    case "<":
      return less(one, other);
    case ">":
      return less(other, one);
    case "<=":
      return less(one, other) || (ordered(one, other) && same(one, other));
    case ">=":
      return less(other, one) || (ordered(one, other) && same(one, other));
    case "in":
      return within(one, other);
    case "not in":
      return !within(one, other);
    default:
      return calculate(kind, one, other);
  }
}

function ordered(one: unknown, other: unknown): boolean {
  if (typeof one === "string" && typeof other === "string") return true;
  return numberIn(one) !== null && numberIn(other) !== null;
}

function calculate(kind: string, one: unknown, other: unknown): number | null {
  const [first, second] = [numberIn(one), numberIn(other)];
  if (first === null || second === null) return null;
  if (kind === "+") return numberIn(first + second);
  if (kind === "-") return numberIn(first - second);
  if (kind === "*") return numberIn(first * second);
  return numberIn(first / second);
}
