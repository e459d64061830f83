import { describe, expect, it } from "vitest";
import type { InputMode } from "../../src/game/page.js";
import { Actions } from "../../src/input/actions.js";
import type { PlayerInput } from "../../src/input/encode.js";

const BINDINGS = [
  { codes: ["ArrowUp"], action: 0 },
  { codes: ["ArrowLeft"], action: 1 },
  { codes: ["ArrowUp", "ArrowLeft"], action: 2 },
];

function setUp(mode: InputMode) {
  const inputs: PlayerInput[] = [];
  const actions = new Actions(BINDINGS, mode, (input) => inputs.push(input));
  actions.play(true);
  inputs.length = 0;
  return { actions, inputs, meant: () => inputs.map((input) => input.action) };
}

describe("held keys", () => {
  it("say a change, and nothing while nothing changes", () => {
    const { actions, inputs, meant } = setUp("pressed_keys");
    actions.press("ArrowUp");
    actions.press("ArrowUp");
    actions.press("ArrowLeft");
    actions.release("ArrowUp");
    actions.release("ArrowLeft");
    actions.release("ArrowLeft");
    expect(meant()).toEqual([0, 2, 1, null]);
    expect(inputs.every((input) => input.kind === "held")).toBe(true);
  });

  it("number their inputs without gaps", () => {
    const { actions, inputs } = setUp("pressed_keys");
    actions.press("ArrowUp");
    actions.release("ArrowUp");
    expect(inputs[1]!.seq).toBe(inputs[0]!.seq + 1);
  });

  it("are let go all at once", () => {
    const { actions, meant } = setUp("pressed_keys");
    actions.press("ArrowUp");
    actions.releaseAll();
    actions.release("ArrowUp");
    expect(meant()).toEqual([0, null]);
  });

  it("stay down until everything that presses them lets go", () => {
    const { actions, meant } = setUp("pressed_keys");
    actions.press("ArrowUp", "finger");
    actions.press("ArrowUp", "keyboard");
    actions.release("ArrowUp", "finger");
    expect(meant()).toEqual([0]);
    actions.release("ArrowUp", "keyboard");
    expect(meant()).toEqual([0, null]);
  });

  it("mean nothing before and after play", () => {
    const { actions, meant } = setUp("pressed_keys");
    actions.play(false);
    actions.press("ArrowUp");
    actions.pointer(7, 1, 1);
    actions.repeat();
    expect(meant()).toEqual([]);
  });

  it("are said at the beginning of play, whatever happened before", () => {
    const { actions, meant } = setUp("pressed_keys");
    actions.press("ArrowUp");
    actions.play(false);
    actions.release("ArrowUp");
    actions.play(true);
    expect(meant()).toEqual([0, null]);
    actions.play(false);
    actions.press("ArrowLeft");
    actions.play(true);
    expect(meant()).toEqual([0, null, 1]);
  });

  it("are said again on request", () => {
    const { actions, meant } = setUp("pressed_keys");
    actions.press("ArrowUp");
    actions.repeat();
    expect(meant()).toEqual([0, 0]);
  });

  it("count on from what the server has applied", () => {
    const { actions, inputs } = setUp("pressed_keys");
    actions.acknowledged(500);
    actions.press("ArrowUp");
    actions.acknowledged(3);
    actions.release("ArrowUp");
    expect(inputs.map((input) => input.seq)).toEqual([501, 502]);
  });
});

describe("keys that act when pressed", () => {
  it("act once per press, as the longest chord with the new key", () => {
    const { actions, inputs, meant } = setUp("key_down");
    actions.press("ArrowUp");
    actions.press("ArrowUp");
    actions.press("ArrowLeft");
    actions.release("ArrowLeft");
    actions.release("ArrowUp");
    expect(meant()).toEqual([0, 2]);
    expect(inputs.every((input) => input.kind === "event")).toBe(true);
  });

  it("have nothing to say again", () => {
    const { actions, meant } = setUp("key_down");
    actions.press("ArrowUp");
    actions.repeat();
    actions.releaseAll();
    expect(meant()).toEqual([0]);
  });
});

describe("keys that act when released", () => {
  it("act on release", () => {
    const { actions, meant } = setUp("key_up");
    actions.press("ArrowUp");
    expect(meant()).toEqual([]);
    actions.release("ArrowUp");
    expect(meant()).toEqual([0]);
  });

  it("act as a chord once, not again with each of its keys", () => {
    const { actions, meant } = setUp("key_up");
    actions.press("ArrowUp");
    actions.press("ArrowLeft");
    actions.release("ArrowUp");
    actions.release("ArrowLeft");
    expect(meant()).toEqual([2]);
    actions.press("ArrowLeft");
    actions.release("ArrowLeft");
    expect(meant()).toEqual([2, 1]);
  });

  it("do not act when the page lets go of them", () => {
    const { actions, meant } = setUp("key_up");
    actions.press("ArrowUp");
    actions.releaseAll();
    expect(meant()).toEqual([]);
  });
});

describe("the pointer", () => {
  it("acts at its place", () => {
    const { actions, inputs } = setUp("pressed_keys");
    actions.pointer(7, 1.5, 2.5);
    expect(inputs).toMatchObject([{ kind: "pointer", action: 7, x: 1.5, y: 2.5 }]);
  });
});
