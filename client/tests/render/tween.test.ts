import { describe, expect, it } from "vitest";
import { mixProps } from "../../src/render/tween.js";

describe("mixProps", () => {
  it("moves numbers, colors and points", () => {
    const from = { x: 0, color: "#000000", points: [0, 0, 10, 10] };
    const to = { x: 10, color: "#ffffff", points: [10, 0, 20, 10] };
    expect(mixProps(from, to, 0.5)).toEqual({ x: 5, color: "#808080", points: [5, 0, 15, 10] });
  });

  it("is at the beginning at 0 and at the end at 1", () => {
    const [from, to] = [{ x: 1 }, { x: 2 }];
    expect(mixProps(from, to, 0)).toEqual(from);
    expect(mixProps(from, to, 1)).toBe(to);
    expect(mixProps(from, to, 7)).toBe(to);
  });

  it("changes at once what has no way in between", () => {
    const from = { text: "a", filled: false, points: [0, 0], name: "one" };
    const to = { text: "b", filled: true, points: [0, 0, 1, 1], name: "two" };
    expect(mixProps(from, to, 0.5)).toEqual(to);
  });

  it("changes numbers at once that are names or orders", () => {
    const from = { frame: 0, depth: 0, tween: 100 };
    const to = { frame: 4, depth: 2, tween: 50 };
    expect(mixProps(from, to, 0.5)).toEqual(to);
  });

  it("takes what is new as it is and forgets what is gone", () => {
    expect(mixProps({ x: 0, w: 5 }, { x: 2, h: 3 }, 0.5)).toEqual({ x: 1, h: 3 });
  });
});
