import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Game } from "../../src/game/game.js";
import { readGamePage } from "../../src/game/page.js";
import { FakeContext } from "../helpers/fake_context.js";
import { find } from "../helpers/page.js";

const BASE = new URL("https://lab.test/");

beforeEach(() => {
  vi.useFakeTimers();
  const context = new FakeContext();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    (() => context.real) as never,
  );
});
afterEach(() => {
  vi.useRealTimers();
});

it("does not say that pictures are loading where there are none", () => {
  const owner = {
    base: BASE,
    advance() {},
    announce() {},
    sendFallback() {},
    send: () => Promise.resolve(null),
    showsProgress() {},
    unsent() {},
  };
  const runtime = { frame() {}, input() {}, stop() {} };
  const game = new Game("g1", readGamePage({}, BASE), () => runtime, null, owner);
  document.body.replaceChildren(game.element);
  vi.advanceTimersByTime(5000);
  expect(find(".loading-bar").hidden).toBe(true);
  game.destroy();
});
