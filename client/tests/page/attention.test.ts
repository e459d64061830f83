import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Attention } from "../../src/page/attention.js";
import { setVisible } from "../helpers/page.js";

beforeEach(() => {
  vi.useFakeTimers();
  document.title = "A study";
});
afterEach(() => {
  vi.useRealTimers();
  setVisible(true);
});

describe("Attention", () => {
  it("is seen at once by somebody who looks at the page", () => {
    const seen = vi.fn<() => void>();
    new Attention().call("Now", seen);
    expect(seen).toHaveBeenCalledOnce();
    expect(document.title).toBe("A study");
  });

  it("flashes the title until the page is looked at", () => {
    setVisible(false);
    const seen = vi.fn<() => void>();
    new Attention().call("Now", seen);
    const titles = [document.title];
    for (let second = 0; second < 3; second++) {
      vi.advanceTimersByTime(1000);
      titles.push(document.title);
    }
    expect(new Set(titles)).toEqual(new Set(["Now", "A study"]));
    expect(seen).not.toHaveBeenCalled();
    setVisible(true);
    expect(seen).toHaveBeenCalledOnce();
    expect(document.title).toBe("A study");
    vi.advanceTimersByTime(5000);
    expect(document.title).toBe("A study");
  });

  it("can be stopped, and is not seen any more then", () => {
    setVisible(false);
    const seen = vi.fn<() => void>();
    const attention = new Attention();
    attention.call("Now", seen);
    attention.stop();
    expect(document.title).toBe("A study");
    setVisible(true);
    expect(seen).not.toHaveBeenCalled();
  });

  it("keeps the real title when it calls twice", () => {
    setVisible(false);
    const attention = new Attention();
    attention.call("One", () => {});
    attention.call("Two", () => {});
    setVisible(true);
    expect(document.title).toBe("A study");
  });
});
