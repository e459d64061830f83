import type { ToWorker } from "../messages.js";
import type { InferenceWanted } from "../turn.js";
import type { Interpreter } from "./interpreter.js";
import { type Answering, numbersOf, type Proxy } from "./python.js";

const MODULE = "mug_pyodide.in_browser.examining";

interface Examiner extends Answering {
  turn(): string;
}

interface ExaminingModule extends Proxy {
  Examiner(scene: unknown, task: string, records: unknown): Examiner;
}

interface Progress {
  readonly infer: readonly InferenceWanted[];
  readonly result: unknown;
}

/** Let Python examine a scene, answer for its models, and return what came of it as JSON. */
export async function examine(
  interpreter: Interpreter,
  { scene, task, records }: Extract<ToWorker, { type: "examine" }>,
): Promise<string> {
  const module = interpreter.module(MODULE) as ExaminingModule;
  const examiner = module.Examiner(interpreter.bytes(scene), task, interpreter.bytes(records));
  for (;;) {
    const { infer, result } = JSON.parse(examiner.turn()) as Progress;
    if (result !== null) {
      examiner.destroy();
      return JSON.stringify(result);
    }
    const answers = await Promise.all(
      infer.map((wanted, number) =>
        interpreter.models.run(wanted, (input) => numbersOf(examiner.feed(number, input))),
      ),
    );
    answers.forEach((answer, number) => examiner.answer(number, answer));
  }
}
