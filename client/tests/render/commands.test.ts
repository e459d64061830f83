import { describe, expect, it } from "vitest";
import {
  MalformedFrame,
  number,
  points,
  readDelta,
  text,
  TYPES,
} from "../../src/render/commands.js";

describe("readDelta", () => {
  it("fills in what was left out because it is at its default", () => {
    const { set, removed } = readDelta(
      [[3, 1, 1, { x: 1, y: 2, w: 3, h: 4, color: "#000000" }]],
      [5],
    );
    expect(removed).toEqual([5]);
    expect(set).toEqual([
      {
        key: 3,
        order: 1,
        type: "rect",
        props: {
          x: 1,
          y: 2,
          w: 3,
          h: 4,
          color: "#000000",
          depth: 0,
          alpha: 1,
          angle: 0,
          tween: 0,
          border_radius: 0,
          stroke_width: 1,
        },
      },
    ]);
  });

  it("knows every type by its number", () => {
    const raw = TYPES.map((_, index) => [index, 0, index, {}]);
    expect(readDelta(raw, []).set.map((command) => command.type)).toEqual(TYPES);
  });

  it.each([
    [null, []],
    [[], null],
    [["command"], []],
    [[["key", 0, 1, {}]], []],
    [[[1, 0, 99, {}]], []],
    [[[1, 0, 1, null]], []],
  ])("refuses %j, %j", (set, removed) => {
    expect(() => readDelta(set, removed)).toThrow(MalformedFrame);
  });
});

describe("properties", () => {
  it("have a neutral value when they are missing or of another type", () => {
    expect([number({ x: 2 }, "x"), number({ x: "2" }, "x"), number({}, "x")]).toEqual([2, 0, 0]);
    expect([text({ a: "b" }, "a"), text({ a: 1 }, "a"), text({}, "a")]).toEqual(["b", "", ""]);
    expect([points({ points: [1, 2] }), points({})]).toEqual([[1, 2], []]);
  });
});
