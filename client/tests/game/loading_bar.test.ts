import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoadingBar } from "../../src/game/loading_bar.js";

const announce = vi.fn<(text: string) => void>();

beforeEach(() => {
  announce.mockReset();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("LoadingBar", () => {
  it("appears after half a second and is gone when everything is there", () => {
    const bar = new LoadingBar("Loading", announce);
    bar.progress(0.4);
    expect(bar.element.hidden).toBe(true);
    vi.advanceTimersByTime(600);
    expect(bar.element.hidden).toBe(false);
    expect(bar.element.querySelector("progress")!.value).toBe(0.4);
    bar.progress(1);
    expect(bar.element.hidden).toBe(true);
  });

  it("is announced when it appears, and when something else is done; figures are not", () => {
    const bar = new LoadingBar("Loading", announce);
    bar.progress(0.1, "Loading the game…", "1 of 9 MB");
    expect(announce).not.toHaveBeenCalled();
    vi.advanceTimersByTime(600);
    bar.progress(0.2, "Loading the game…", "2 of 9 MB");
    expect(announce.mock.calls).toEqual([["Loading the game…"]]);
    bar.progress(0.9, "Preparing the game…");
    expect(announce.mock.lastCall).toEqual(["Preparing the game…"]);
  });

  it("takes over the focus from what is gone, at once", () => {
    const bar = new LoadingBar("Loading", announce);
    document.body.append(bar.element);
    bar.hide();
    bar.focus();
    expect(bar.element.hidden).toBe(false);
    expect(document.activeElement!.textContent).toBe("Loading");
    bar.element.remove();
  });

  it("says what is done and how far it is", () => {
    const bar = new LoadingBar("Loading", announce);
    bar.progress(0.5, "Loading Python…", "4.1 of 8.2 MB");
    expect(bar.element.textContent).toContain("Loading Python…");
    expect(bar.element.textContent).toContain("4.1 of 8.2 MB");
    bar.progress(null, "Starting…");
    expect(bar.element.querySelector("progress")!.hasAttribute("value")).toBe(false);
    expect(bar.element.textContent).toBe("Starting…");
  });

  it("comes back for what is loaded later, as patiently as before", () => {
    const bar = new LoadingBar("Loading", announce);
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
    const quick = new LoadingBar("Loading", announce);
    quick.progress(1);
    const gone = new LoadingBar("Loading", announce);
    gone.destroy();
    vi.advanceTimersByTime(600);
    expect(quick.element.hidden).toBe(true);
    expect(gone.element.hidden).toBe(true);
  });
});
