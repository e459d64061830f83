import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Clock } from "../../src/worker/clock.js";
import { macrotask, until } from "../helpers/until.js";

let clock: Clock;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  clock.stop();
  vi.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed++) {
    await vi.advanceTimersByTimeAsync(1);
  }
  await macrotask();
}

describe("Clock", () => {
  it("runs when it is poked, and when it said it would", async () => {
    const times: number[] = [];
    clock = new Clock(() => {
      times.push(performance.now());
      return times.length < 3 ? 0.0335 : null;
    });
    const began = performance.now();
    await pass(100);
    expect(times).toEqual([]);
    clock.poke();
    await macrotask();
    await pass(500);
    expect(times.map((time) => time - began)).toEqual([100, 134, 168]);
  });

  it("keeps a schedule that does not drift, however long each run takes", async () => {
    const times: number[] = [];
    const began = performance.now();
    clock = new Clock(() => {
      times.push(performance.now() - began);
      vi.advanceTimersByTime(7); // the work
      return (times.length * 20 - (performance.now() - began)) / 1000;
    });
    clock.poke();
    await macrotask();
    await pass(1000);
    expect(times.length).toBeGreaterThan(40);
    times.forEach((time, tick) => expect(Math.abs(time - tick * 20)).toBeLessThanOrEqual(1));
  });

  it("lets messages in between runs that are due at once", async () => {
    const channel = new MessageChannel();
    let runs = 0;
    let before: number | null = null;
    channel.port1.onmessage = () => (before = runs);
    clock = new Clock(() => {
      runs += 1;
      if (runs === 1) channel.port2.postMessage(null);
      return runs < 10_000 ? 0 : null;
    });
    clock.poke();
    await until(() => runs === 10_000);
    channel.port1.close();
    expect(before).toBeLessThan(10_000);
  });

  it("is poked once, however often", async () => {
    const run = vi.fn<() => number | null>(() => null);
    clock = new Clock(run);
    clock.poke();
    clock.poke();
    await macrotask();
    await macrotask();
    expect(run).toHaveBeenCalledOnce();
  });

  it("does not run after it was stopped", async () => {
    const run = vi.fn<() => number | null>(() => 0.01);
    clock = new Clock(run);
    clock.poke();
    await macrotask();
    clock.stop();
    clock.poke();
    await pass(100);
    expect(run).toHaveBeenCalledOnce();
  });
});
