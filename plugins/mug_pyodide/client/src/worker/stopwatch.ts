import type { Stage, StageTiming } from "../messages.js";

/** Measures how long each stage takes, for the page and for the browser's own tools. */
export class Stopwatch {
  readonly stages: StageTiming[] = [];

  /** Do something, and note how long it took, also when it fails. */
  async measure<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const end = performance.now();
      performance.measure(`mug:boot:${stage}`, { start, end });
      const { timeOrigin } = performance;
      this.stages.push({ stage, began: timeOrigin + start, ended: timeOrigin + end });
    }
  }
}
