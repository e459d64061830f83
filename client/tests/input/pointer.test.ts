import { beforeEach, describe, expect, it, vi } from "vitest";
import { Actions } from "../../src/input/actions.js";
import type { PlayerInput } from "../../src/input/encode.js";
import { Pointer } from "../../src/input/pointer.js";

let canvas: HTMLCanvasElement;
let inputs: PlayerInput[];
let frames: (() => void)[];

function setUp(bindings: { event: "down" | "move"; action: number }[]): Pointer {
  const actions = new Actions([], "key_down", (input) => inputs.push(input));
  actions.play(true);
  const inside = (x: number, y: number) => (x < 100 ? ([x * 2, y * 2] as const) : null);
  return new Pointer(canvas, bindings, actions, inside);
}

function point(type: string, clientX: number, clientY: number, button = 0): void {
  canvas.dispatchEvent(new PointerEvent(type, { clientX, clientY, button }));
}

beforeEach(() => {
  canvas = document.createElement("canvas");
  inputs = [];
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
});

describe("Pointer", () => {
  it("acts with every pressed action at its place on the surface", () => {
    setUp([
      { event: "down", action: 4 },
      { event: "down", action: 5 },
    ]);
    point("pointerdown", 10, 20);
    expect(inputs).toMatchObject([
      { kind: "pointer", action: 4, x: 20, y: 40 },
      { kind: "pointer", action: 5, x: 20, y: 40 },
    ]);
  });

  it("ignores places outside the surface, and other buttons", () => {
    setUp([{ event: "down", action: 4 }]);
    point("pointerdown", 200, 20);
    point("pointerdown", 10, 20, 2);
    expect(inputs).toEqual([]);
  });

  it("moves at most once per frame, to the last place", () => {
    setUp([{ event: "move", action: 6 }]);
    point("pointermove", 1, 1);
    point("pointermove", 2, 2);
    point("pointermove", 3, 3);
    expect(frames).toHaveLength(1);
    frames[0]!();
    expect(inputs).toMatchObject([{ action: 6, x: 6, y: 6 }]);
    point("pointermove", 4, 4);
    expect(frames).toHaveLength(2);
  });

  it("means nothing where nothing is bound", () => {
    setUp([]);
    point("pointerdown", 1, 1);
    expect(inputs).toEqual([]);
    expect(canvas.classList.contains("takes-pointer")).toBe(false);
  });

  it("hears nothing once it is destroyed, not even a move that was on its way", () => {
    const pointer = setUp([{ event: "move", action: 6 }]);
    point("pointermove", 1, 1);
    pointer.destroy();
    frames[0]!();
    point("pointermove", 1, 1);
    expect(inputs).toEqual([]);
    expect(frames).toHaveLength(1);
  });
});
