import { beforeEach, describe, expect, it } from "vitest";
import { type Command, readDelta } from "../../src/render/commands.js";
import type { LoadedAsset } from "../../src/render/assets.js";
import { readAtlas } from "../../src/render/atlas.js";
import { type Materials, paint } from "../../src/render/paint.js";
import { FakeContext } from "../helpers/fake_context.js";

const [RECT, CIRCLE, ELLIPSE, LINE, POLYGON, TEXT, IMAGE, ARC, PIXELS] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9,
];
const RED = "#ff0000";
const BLUE = "#0000ff";

let context: FakeContext;
const picture = { naturalWidth: 64, naturalHeight: 32 } as HTMLImageElement;
const atlas = readAtlas({
  frames: {
    plain: { frame: { x: 0, y: 0, w: 16, h: 16 } },
    trimmed: {
      frame: { x: 16, y: 0, w: 10, h: 8 },
      spriteSourceSize: { x: 3, y: 4, w: 10, h: 8 },
      sourceSize: { w: 16, h: 16 },
    },
    turned: { frame: { x: 32, y: 0, w: 16, h: 8 }, rotated: true },
  },
});
const assets = new Map<string, LoadedAsset>([
  ["star", { picture, atlas: null }],
  ["sheet", { picture, atlas }],
]);

function draw(type: number, props: object, materials: Partial<Materials> = {}): void {
  const command: Command = readDelta([[1, 0, type, props]], []).set[0]!;
  paint(context.real, command, command.props, { assets, bitmaps: new Map(), ...materials });
}

beforeEach(() => {
  context = new FakeContext();
});

describe("shapes", () => {
  it("draw a filled rectangle", () => {
    draw(RECT, { x: 1, y: 2, w: 3, h: 4, color: RED });
    expect(context.argsOf("rect")).toEqual([[1, 2, 3, 4]]);
    expect(context.call("fill").fill).toBe(RED);
    expect(context.argsOf("stroke")).toEqual([]);
  });

  it("round corners, no further than to a semicircle", () => {
    draw(RECT, { x: 0, y: 0, w: 10, h: 4, color: RED, border_radius: 50 });
    expect(context.argsOf("roundRect")).toEqual([[0, 0, 10, 4, 2]]);
  });

  it("draw an outline over the filling", () => {
    draw(RECT, { x: 0, y: 0, w: 1, h: 1, color: RED, stroke_color: BLUE, stroke_width: 3 });
    expect(context.call("stroke")).toMatchObject({ stroke: BLUE, width: 3 });
    const methods = context.calls.map((call) => call.method);
    expect(methods.indexOf("fill")).toBeLessThan(methods.indexOf("stroke"));
  });

  it("draw an outline of one pixel unless told otherwise", () => {
    draw(CIRCLE, { x: 0, y: 0, radius: 1, color: RED, stroke_color: BLUE });
    expect(context.call("stroke").width).toBe(1);
  });

  it("draw no outline of no width", () => {
    draw(CIRCLE, { x: 0, y: 0, radius: 1, color: RED, stroke_color: BLUE, stroke_width: 0 });
    expect(context.argsOf("stroke")).toEqual([]);
  });

  it("draw circles and ellipses about their centers", () => {
    draw(CIRCLE, { x: 5, y: 6, radius: 7, color: RED });
    draw(ELLIPSE, { x: 1, y: 2, rx: 3, ry: 4, color: RED });
    expect(context.argsOf("arc")).toEqual([[5, 6, 7, 0, 2 * Math.PI]]);
    expect(context.argsOf("ellipse")).toEqual([[1, 2, 3, 4, 0, 0, 2 * Math.PI]]);
  });

  it("never ask the canvas for a negative radius", () => {
    draw(CIRCLE, { x: 0, y: 0, radius: -1, color: RED });
    expect(context.argsOf("arc")[0]![2]).toBe(0);
  });

  it("draw an open line", () => {
    draw(LINE, { points: [0, 1, 2, 3, 4, 5], color: RED, width: 2 });
    expect(context.argsOf("moveTo")).toEqual([[0, 1]]);
    expect(context.argsOf("lineTo")).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(context.call("stroke")).toMatchObject({ stroke: RED, width: 2 });
    expect(context.argsOf("closePath")).toEqual([]);
    expect(context.argsOf("fill")).toEqual([]);
  });

  it("draw a closed polygon", () => {
    draw(POLYGON, { points: [0, 0, 1, 0, 0, 1], color: RED });
    expect(context.argsOf("closePath")).toHaveLength(1);
    expect(context.call("fill").fill).toBe(RED);
  });

  it("draw part of a circle's edge", () => {
    draw(ARC, { x: 1, y: 2, radius: 3, start: 0, end: 1, color: RED, width: 4 });
    expect(context.argsOf("arc")).toEqual([[1, 2, 3, 0, 1]]);
    expect(context.call("stroke")).toMatchObject({ stroke: RED, width: 4 });
    expect(context.argsOf("fill")).toEqual([]);
  });

  it("put the outline of an arc below it, on both sides", () => {
    draw(ARC, {
      x: 0,
      y: 0,
      radius: 3,
      start: 0,
      end: 1,
      color: RED,
      width: 4,
      stroke_color: BLUE,
    });
    const strokes = context.calls.filter((call) => call.method === "stroke");
    expect(strokes.map((call) => [call.stroke, call.width])).toEqual([
      [BLUE, 6],
      [RED, 4],
    ]);
  });

  it("draw the slice of a pie", () => {
    draw(ARC, { x: 1, y: 2, radius: 3, start: 0, end: 1, color: RED, filled: true });
    expect(context.argsOf("moveTo")).toEqual([[1, 2]]);
    expect(context.argsOf("closePath")).toHaveLength(1);
    expect(context.call("fill").fill).toBe(RED);
  });
});

describe("every command", () => {
  it("has its opacity, and the next one its own", () => {
    draw(RECT, { x: 0, y: 0, w: 1, h: 1, color: RED, alpha: 0.25 });
    draw(RECT, { x: 0, y: 0, w: 1, h: 1, color: RED });
    expect(
      context.calls.filter((call) => call.method === "fill").map((call) => call.alpha),
    ).toEqual([0.25, 1]);
  });

  it("is not drawn when nothing could be seen", () => {
    draw(RECT, { x: 0, y: 0, w: 1, h: 1, color: RED, alpha: 0 });
    expect(context.calls).toEqual([]);
  });

  it.each([
    ["a rectangle about its middle", RECT, { x: 10, y: 20, w: 4, h: 6 }, [12, 23]],
    ["a circle about its center", CIRCLE, { x: 10, y: 20, radius: 5 }, [10, 20]],
    ["a line about the middle of its box", LINE, { points: [0, 0, 10, 4, 2, 8] }, [5, 4]],
    ["a polygon about the middle of its box", POLYGON, { points: [0, 0, 10, 4, 2, 8] }, [5, 4]],
    ["a text about its place", TEXT, { x: 3, y: 4, text: "a", size: 10 }, [3, 4]],
    ["an image about its middle", IMAGE, { x: 0, y: 0, name: "star" }, [32, 16]],
    [
      "an atlas frame about its middle",
      IMAGE,
      { x: 0, y: 0, name: "sheet", frame: "plain" },
      [8, 8],
    ],
  ])("turns: %s", (_, type, props, [x, y]) => {
    draw(type, { color: RED, ...props, angle: 90 });
    expect(context.argsOf("translate")).toEqual([
      [x, y],
      [-x!, -y!],
    ]);
    expect(context.argsOf("rotate")).toEqual([[Math.PI / 2]]);
    expect(context.calls.at(-1)!.method).toBe("restore");
  });
});

describe("text", () => {
  it("is drawn in its font, size and color", () => {
    draw(TEXT, { text: "Hi", x: 10, y: 20, size: 16, color: RED, font: "Georgia" });
    expect(context.call("fillText")).toMatchObject({
      args: ["Hi", 10, 28],
      fill: RED,
      font: "16px Georgia",
    });
  });

  it("breaks lines, and places the block as a whole", () => {
    const text = { text: "a\nb", x: 0, y: 100, size: 10, color: RED, font: "serif" };
    const lines = (baseline: string): unknown[] => {
      context = new FakeContext();
      draw(TEXT, { ...text, baseline });
      return context.argsOf("fillText").map(([, , y]) => y);
    };
    expect(lines("top")).toEqual([105, 117]);
    expect(lines("middle")).toEqual([94, 106]);
    expect(lines("bottom")).toEqual([83, 95]);
  });

  it.each(["center", "right", "left"])("is aligned: %s", (align) => {
    draw(TEXT, { text: "a", x: 0, y: 0, size: 10, color: RED, font: "serif", align });
    expect(context.textAlign).toBe(align);
  });

  it("has its outline below the letters", () => {
    draw(TEXT, {
      text: "a",
      x: 0,
      y: 0,
      size: 10,
      color: RED,
      font: "serif",
      stroke_color: BLUE,
      stroke_width: 2,
    });
    const methods = context.calls.map((call) => call.method);
    expect(methods).toEqual(["strokeText", "fillText"]);
    expect(context.call("strokeText")).toMatchObject({ stroke: BLUE, width: 4 });
  });
});

describe("images", () => {
  it("have their natural size, or the size they are given", () => {
    draw(IMAGE, { name: "star", x: 1, y: 2 });
    draw(IMAGE, { name: "star", x: 1, y: 2, w: 10, h: 20 });
    expect(context.argsOf("drawImage")).toEqual([
      [picture, 1, 2, 64, 32],
      [picture, 1, 2, 10, 20],
    ]);
  });

  it("show a frame of an atlas by name or number, the first one without", () => {
    draw(IMAGE, { name: "sheet", x: 0, y: 0, frame: "plain" });
    draw(IMAGE, { name: "sheet", x: 0, y: 0, frame: 0 });
    draw(IMAGE, { name: "sheet", x: 0, y: 0 });
    const expected = [picture, 0, 0, 16, 16, 0, 0, 16, 16];
    expect(context.argsOf("drawImage")).toEqual([expected, expected, expected]);
  });

  it("put a trimmed frame where it lies in its own box", () => {
    draw(IMAGE, { name: "sheet", x: 100, y: 100, frame: "trimmed", w: 32, h: 32 });
    expect(context.argsOf("drawImage")).toEqual([[picture, 16, 0, 10, 8, 106, 108, 20, 16]]);
  });

  it("turn a frame back that is stored turned", () => {
    draw(IMAGE, { name: "sheet", x: 0, y: 0, frame: "turned" });
    expect(context.argsOf("translate")).toEqual([[0, 8]]);
    expect(context.argsOf("rotate")).toEqual([[-Math.PI / 2]]);
    expect(context.argsOf("drawImage")).toEqual([[picture, 32, 0, 8, 16, 0, 0, 8, 16]]);
  });

  it.each([{ name: "unknown" }, { name: "sheet", frame: "unknown" }])(
    "leave a box in the place of what is missing: %j",
    (props) => {
      draw(IMAGE, { x: 1, y: 2, w: 3, h: 4, ...props });
      expect(context.argsOf("strokeRect")).toEqual([[1, 2, 3, 4]]);
      expect(context.argsOf("drawImage")).toEqual([]);
    },
  );
});

describe("pixels", () => {
  const bitmap = {} as ImageBitmap;

  it("stay sharp", () => {
    draw(PIXELS, { x: 0, y: 0, w: 8, h: 9 }, { bitmaps: new Map([[1, { bitmap }]]) });
    expect(context.call("drawImage")).toMatchObject({ args: [bitmap, 0, 0, 8, 9], smooth: false });
    expect(context.imageSmoothingEnabled).toBe(true);
  });

  it("are not drawn before they are decoded", () => {
    draw(PIXELS, { x: 0, y: 0, w: 8, h: 9 });
    expect(context.calls).toEqual([]);
  });
});
