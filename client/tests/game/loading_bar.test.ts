import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoadingBar } from "../../src/game/loading_bar.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("LoadingBar", () => {
  it("appears after half a second and is gone when everything is there", () => {
    const bar = new LoadingBar("Loading");
    bar.progress(0.4);
    expect(bar.element.hidden).toBe(true);
    vi.advanceTimersByTime(600);
    expect(bar.element.hidden).toBe(false);
    expect(bar.element.querySelector("progress")!.value).toBe(0.4);
    bar.progress(1);
    expect(bar.element.hidden).toBe(true);
  });

  it("never appears when loading is quick, or when the game is gone", () => {
    const quick = new LoadingBar("Loading");
    quick.progress(1);
    const gone = new LoadingBar("Loading");
    gone.destroy();
    vi.advanceTimersByTime(600);
    expect(quick.element.hidden).toBe(true);
    expect(gone.element.hidden).toBe(true);
  });
});
