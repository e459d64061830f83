// Answers questions about the page's half, bundled beside this file's argument: one JSON line in, one line out.
import { createInterface } from "node:readline";

const { Course, complaint, evaluate, asText, less } = await import(process.argv[2]);
const ASKED = {
  rules: ({ question, value }) => complaint(question, value),
  expression: ({ tree, names }) => evaluate(tree, (name) => names[name]) ?? null,
  text: ({ value }) => asText(value, "yes", "no"),
  less: ({ one, other }) => less(one, other),
  course: ({ page, given, text }) => {
    const course = new Course(page, (name) => given[name]);
    const shown = [...course.shown].map((item) => item.name);
    return { shown, answers: course.answers, text: course.parts(text).map((part) => part.text).join("") };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...about } = JSON.parse(line);
  process.stdout.write(JSON.stringify(ASKED[ask](about)) + "\n");
}
