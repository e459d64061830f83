// Answers questions about the page's half, bundled beside this file's argument: one JSON line in, one line out.
import { createInterface } from "node:readline";

const { complaint, evaluate, asText, less } = await import(process.argv[2]);
const ASKED = {
  rules: ({ question, value }) => complaint(question, value),
  expression: ({ tree, names }) => evaluate(tree, (name) => names[name]) ?? null,
  text: ({ value }) => asText(value, "yes", "no"),
  less: ({ one, other }) => less(one, other),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...about } = JSON.parse(line);
  process.stdout.write(JSON.stringify(ASKED[ask](about)) + "\n");
}
