import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Overlay } from "../../src/game/overlay.js";
import type { GameView } from "../../src/protocol.js";
import { find } from "../helpers/page.js";

const advance = vi.fn<() => void>();
let overlay: Overlay;

function view(state: string, fields: Partial<GameView> = {}): GameView {
  return {
    game: "g",
    state,
    text: `about ${state}`,
    seconds: null,
    episode: 1,
    episodes: 3,
    seat: "0",
    page: null,
    ...fields,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  advance.mockReset();
  overlay = new Overlay(advance);
  document.body.replaceChildren(overlay.element);
});
afterEach(() => {
  overlay.destroy();
  vi.useRealTimers();
});

const visibleButton = (): boolean => find("button").closest("[hidden]") === null;

describe("Overlay", () => {
  it.each([
    ["loading", false, false],
    ["countdown", true, false],
    ["playing", false, false],
    ["between", true, false],
    ["paused", true, false],
    ["over", true, true],
    ["failed", true, true],
  ])("in state %s it is there: %s, with a way on: %s", (state, there, wayOn) => {
    overlay.update(view(state));
    expect(!overlay.element.hidden).toBe(there);
    expect(there && visibleButton()).toBe(wayOn);
    if (there) expect(find(".overlay-text").textContent).toBe(`about ${state}`);
  });

  it("counts down to what is sure to come", () => {
    overlay.update(view("countdown", { seconds: 3 }));
    expect(find(".overlay-number").textContent).toBe("3");
    vi.advanceTimersByTime(2100);
    expect(find(".overlay-number").textContent).toBe("1");
    vi.advanceTimersByTime(2000);
    expect(find(".overlay-number").textContent).toBe("");
  });

  it("says how long a pause may last at most", () => {
    overlay.update(view("paused", { seconds: 30 }));
    expect(find(".overlay-number").textContent).toBe("");
    expect(overlay.element.textContent).toContain("At most 30 s longer.");
  });

  it("says between rounds how many are done, if there are several", () => {
    overlay.update(view("between"));
    expect(overlay.element.textContent).toContain("1 of 3 rounds done.");
    overlay.update(view("between", { episodes: 1 }));
    expect(overlay.element.textContent).not.toContain("rounds");
  });

  it("forgets the time of an earlier state", () => {
    overlay.update(view("countdown", { seconds: 3 }));
    overlay.update(view("paused"));
    vi.advanceTimersByTime(1500);
    expect(find(".overlay-number").textContent).toBe("");
  });

  it("goes on once, and can be asked to again", () => {
    overlay.update(view("over"));
    find("button").click();
    find("button").click();
    expect(advance).toHaveBeenCalledOnce();
    overlay.enable();
    find("button").click();
    expect(advance).toHaveBeenCalledTimes(2);
  });
});
