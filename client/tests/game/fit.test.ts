import { afterEach, describe, expect, it, vi } from "vitest";
import { fitCanvas, watchScreen } from "../../src/game/fit.js";

describe("fitCanvas", () => {
  const wanted = { width: 600, height: 400 };

  it("is as large as the script says where there is room, and not larger", () => {
    expect(fitCanvas(wanted, { width: 4000, height: 3000 }, 50, 0)).toEqual(wanted);
  });

  it("shrinks in proportion to a narrow window", () => {
    expect(fitCanvas(wanted, { width: 300, height: 3000 }, 0, 0)).toEqual({
      width: 300,
      height: 200,
    });
  });

  it("shrinks to what is left of a low window", () => {
    const size = fitCanvas(wanted, { width: 4000, height: 400 }, 50, 50);
    expect(size.height).toBeLessThan(300);
    expect(size.width / size.height).toBeCloseTo(1.5, 1);
  });

  it("does not vanish in a window that is no use: people can scroll", () => {
    expect(fitCanvas(wanted, { width: 4000, height: 100 }, 50, 50).height).toBe(240);
  });
});

describe("watchScreen", () => {
  const listeners = new Map<string, () => void>();
  afterEach(() => listeners.clear());

  function stubScreen(ratio: number): void {
    vi.stubGlobal("devicePixelRatio", ratio);
    vi.stubGlobal("matchMedia", (query: string) => ({
      addEventListener: (_: string, listener: () => void, options: { signal: AbortSignal }) => {
        if (!options.signal.aborted) listeners.set(query, listener);
      },
    }));
  }

  it("tells the density at once, with every resize, and whenever it changes", () => {
    stubScreen(1);
    const told: number[] = [];
    const stop = watchScreen((ratio) => told.push(ratio));
    expect(told).toEqual([1]);
    window.dispatchEvent(new Event("resize"));
    expect(told).toEqual([1, 1]);
    vi.stubGlobal("devicePixelRatio", 2);
    listeners.get("(resolution: 1dppx)")!();
    expect(told).toEqual([1, 1, 2]);
    expect(listeners.has("(resolution: 2dppx)")).toBe(true);
    stop();
    window.dispatchEvent(new Event("resize"));
    expect(told).toHaveLength(3);
  });
});
