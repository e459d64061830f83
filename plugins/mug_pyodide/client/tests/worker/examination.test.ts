import { describe, expect, it } from "vitest";
import { examine } from "../../src/worker/examination.js";
import type { Interpreter } from "../../src/worker/interpreter.js";

/** Python's half of an examination: asks models so many times, then has a result. */
class FakeExaminer {
  readonly calls: unknown[][] = [];
  #asks: number;

  constructor(asks: number) {
    this.#asks = asks;
  }

  turn(): string {
    if (this.#asks-- <= 0) return JSON.stringify({ infer: [], result: { steps: 7 } });
    const wanted = { model: "m", outputs: ["y"], inputs: { x: { dtype: "float32", shape: [2] } } };
    return JSON.stringify({ infer: [wanted], result: null });
  }

  feed(number: number, name: string) {
    this.calls.push(["feed", number, name]);
    const data = new Float32Array([1, 2]);
    return { getBuffer: () => ({ data, release: () => {} }), destroy: () => {} };
  }

  answer(...args: unknown[]): void {
    this.calls.push(["answer", ...args]);
  }

  destroy(): void {
    this.calls.push(["destroy"]);
  }
}

function interpreter(examiner: FakeExaminer, told: unknown[]): Interpreter {
  return {
    module: (name: string) => {
      told.push(name);
      return {
        Examiner: (...args: unknown[]) => {
          told.push(args);
          return examiner;
        },
      };
    },
    bytes: (content: Uint8Array) => [...content],
    models: {
      run: (_wanted: unknown, feed: (input: string) => Float32Array) =>
        Promise.resolve([[Float32Array.from(feed("x"), (x) => 10 * x), [2]]]),
    },
  } as unknown as Interpreter;
}

const TASK = {
  type: "examine",
  scene: new Uint8Array([1]),
  task: '{"kind":"checks"}',
  records: new Uint8Array([2, 3]),
} as const;

describe("examining", () => {
  it("gives Python its task and returns what came of it", async () => {
    const told: unknown[] = [];
    const examiner = new FakeExaminer(0);
    expect(JSON.parse(await examine(interpreter(examiner, told), TASK))).toEqual({ steps: 7 });
    expect(told).toEqual(["mug_pyodide.in_browser.examining", [[1], TASK.task, [2, 3]]]);
    expect(examiner.calls).toEqual([["destroy"]]);
  });

  it("answers for models as often as they are asked", async () => {
    const examiner = new FakeExaminer(2);
    await examine(interpreter(examiner, []), TASK);
    const answer = ["answer", 0, [[new Float32Array([10, 20]), [2]]]];
    const feed = ["feed", 0, "x"];
    expect(examiner.calls).toEqual([feed, answer, feed, answer, ["destroy"]]);
  });

  it("lets what Python raises through", async () => {
    const examiner = new FakeExaminer(0);
    examiner.turn = () => {
      throw new Error("ModuleNotFoundError");
    };
    await expect(examine(interpreter(examiner, []), TASK)).rejects.toThrow("ModuleNotFoundError");
  });
});
