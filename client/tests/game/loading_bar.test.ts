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

  it("says what is done and how far it is; figures are not read out", () => {
    const bar = new LoadingBar("Loading");
    bar.progress(0.5, "Loading Python…", "4.1 of 8.2 MB");
    const status = bar.element.querySelector("[role=status]")!;
    expect(status.textContent).toBe("Loading Python…");
    expect(bar.element.textContent).toContain("4.1 of 8.2 MB");
    bar.progress(null, "Starting…");
    expect(bar.element.querySelector("progress")!.hasAttribute("value")).toBe(false);
    expect(bar.element.textContent).toBe("Starting…");
  });

  it("comes back for what is loaded later, as patiently as before", () => {
    const bar = new LoadingBar("Loading");
    bar.progress(1);
    vi.advanceTimersByTime(600);
    bar.progress(0.2);
    expect(bar.element.hidden).toBe(true);
    vi.advanceTimersByTime(600);
    expect(bar.element.hidden).toBe(false);
    bar.hide();
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
