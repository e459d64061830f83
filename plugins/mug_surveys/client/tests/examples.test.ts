import { describe, expect, it } from "vitest";
import text from "../../tests/examples.json?raw";
import { evaluate } from "../src/expressions.js";
import { complaint } from "../src/rules.js";
import type { Item, Tree } from "../src/types.js";
import { asText } from "../src/values.js";

interface Examples {
  expressions: { expression: string; tree: Tree; names: Record<string, unknown>; value: unknown }[];
  texts: { value: unknown; text: string }[];
  rules: { question: Item; cases: { value: unknown; complaint: string | null }[] }[];
}

const examples = JSON.parse(text) as Examples;

describe("the examples that the server's half follows too", () => {
  it.each(examples.expressions)("evaluates $expression", ({ tree, names, value }) => {
    expect(evaluate(tree, (name) => names[name])).toEqual(value);
  });

  it.each(examples.texts)("shows $value", ({ value, text }) => {
    expect(asText(value, "ja", "nein")).toBe(text);
  });

  it.each(examples.rules)("judges answers to a $question.type", ({ question, cases }) => {
    for (const example of cases) {
      const found = complaint(question, example.value);
      expect([example, found?.text ?? null]).toEqual([example, example.complaint]);
    }
  });
});
