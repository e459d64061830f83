import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clockDuration, Countdown, spokenDuration } from "../../src/page/countdown.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Countdown", () => {
  it("tells every whole second that is left, the first at once and 0 at the end", () => {
    const told: number[] = [];
    new Countdown(2.4, (left) => told.push(left));
    expect(told).toEqual([3]);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([3, 2, 1, 0]);
  });

  it("changes when a second is over, not a second after it was started", () => {
    const told: number[] = [];
    new Countdown(2.4, (left) => told.push(left));
    vi.advanceTimersByTime(390);
    expect(told).toEqual([3]);
    vi.advanceTimersByTime(20);
    expect(told).toEqual([3, 2]);
  });

  it("catches up after the page was asleep", () => {
    const told: number[] = [];
    new Countdown(60, (left) => told.push(left));
    vi.setSystemTime(Date.now() + 30_000);
    vi.advanceTimersByTime(30_100);
    expect(told.at(-1)).toBeLessThanOrEqual(30);
  });

  it("is over at once when no time is left", () => {
    const told: number[] = [];
    new Countdown(0, (left) => told.push(left));
    new Countdown(-3, (left) => told.push(left));
    expect(told).toEqual([0, 0]);
  });

  it("tells nothing once it is stopped", () => {
    const tell = vi.fn<(left: number) => void>();
    new Countdown(5, tell).stop();
    vi.advanceTimersByTime(10_000);
    expect(tell).toHaveBeenCalledOnce();
  });
});

describe("durations", () => {
  it.each([
    [0, "0 seconds", "0:00"],
    [1, "1 second", "0:01"],
    [59, "59 seconds", "0:59"],
    [60, "1 minute", "1:00"],
    [61, "1 minute 1 second", "1:01"],
    [605, "10 minutes 5 seconds", "10:05"],
  ])("%i s is %j and %j", (seconds, spoken, clock) => {
    expect(spokenDuration(seconds)).toBe(spoken);
    expect(clockDuration(seconds)).toBe(clock);
  });
});
