import { beforeEach, describe, expect, it, vi } from "vitest";
import { readDelta } from "../../src/render/commands.js";
import { Renderer } from "../../src/render/renderer.js";
import { FakeContext } from "../helpers/fake_context.js";

const SURFACE = [0, -1, 0, { width: 100, height: 50 }];
const RECT = [1, 1, 1, { x: 0, y: 0, w: 1, h: 1, color: "#ff0000" }];

let context: FakeContext;
let canvas: HTMLCanvasElement;
let frames: (() => void)[];
let now: number;
let bitmaps: { resolve: (bitmap: object) => void; close: () => void }[];

function setUp(size = { width: 200, height: 200 }, background = ""): Renderer {
  return new Renderer(canvas, size, background, new Map());
}

function runFrame(): void {
  const due = frames;
  frames = [];
  context.calls = [];
  for (const frame of due) frame();
}

/** Everything that is only waiting for a promise has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  context = new FakeContext();
  canvas = document.createElement("canvas");
  vi.spyOn(canvas, "getContext").mockImplementation((() => context.real) as never);
  frames = [];
  now = 0;
  bitmaps = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.stubGlobal("cancelAnimationFrame", () => {
    frames = [];
  });
  vi.stubGlobal(
    "createImageBitmap",
    () =>
      new Promise((resolve) => {
        bitmaps.push({ resolve: resolve as (bitmap: object) => void, close: vi.fn<() => void>() });
      }),
  );
});

describe("Renderer", () => {
  it("draws once per animation frame, and only when something changed", () => {
    const renderer = setUp();
    renderer.apply(readDelta([SURFACE, RECT], []), true);
    renderer.apply(readDelta([RECT], []), false);
    expect(frames).toHaveLength(1);
    runFrame();
    expect(context.argsOf("fill")).toHaveLength(1);
    expect(frames).toEqual([]);
  });

  it("goes on drawing while something moves", () => {
    const renderer = setUp();
    renderer.apply(readDelta([SURFACE, RECT], []), true);
    runFrame();
    const moved = [1, 1, 1, { x: 10, y: 0, w: 1, h: 1, color: "#ff0000", tween: 100 }];
    renderer.apply(readDelta([moved], []), false);
    now = 50;
    runFrame();
    expect(context.argsOf("rect").at(-1)).toEqual([5, 0, 1, 1]);
    expect(frames).toHaveLength(1);
    now = 100;
    runFrame();
    expect(context.argsOf("rect").at(-1)).toEqual([10, 0, 1, 1]);
    expect(frames).toEqual([]);
  });

  it("has a pixel of its own for each pixel of the screen", () => {
    const renderer = setUp();
    renderer.apply(readDelta([SURFACE, RECT], []), true);
    renderer.resize(200, 100, 1.5);
    expect([canvas.width, canvas.height]).toEqual([300, 150]);
    expect(context.argsOf("setTransform").at(-1)).toEqual([3, 0, 0, 3, 0, 0]);
  });

  it("keeps the surface's proportions and puts it in the middle", () => {
    const renderer = setUp();
    renderer.apply(readDelta([SURFACE, RECT], []), true);
    renderer.resize(200, 200, 1);
    expect(context.argsOf("setTransform").at(-1)).toEqual([2, 0, 0, 2, 0, 50]);
    expect(context.argsOf("rect")[0]).toEqual([0, 0, 100, 50]);
    expect(context.argsOf("clip")).toHaveLength(1);
  });

  it("fills the whole canvas with the background", () => {
    const renderer = setUp({ width: 200, height: 200 }, "white");
    renderer.resize(200, 200, 2);
    expect(context.call("fillRect")).toMatchObject({ args: [0, 0, 400, 400], fill: "white" });
  });

  it("knows where on the surface a point of the window is", () => {
    const renderer = setUp();
    renderer.apply(readDelta([SURFACE], []), true);
    renderer.resize(200, 200, 1);
    vi.spyOn(canvas, "getBoundingClientRect").mockReturnValue(new DOMRect(10, 20, 100, 100));
    expect(renderer.toSurface(10 + 50, 20 + 50)).toEqual([50, 25]);
    expect(renderer.toSurface(10, 20 + 25)).toEqual([0, 0]);
    expect(renderer.toSurface(10, 20 + 10)).toBeNull();
    expect(renderer.toSurface(111, 70)).toBeNull();
  });

  it("shows a picture that came with the frame once it is decoded, the newest one", async () => {
    const renderer = setUp();
    const pixels = (byte: number) => [
      1,
      0,
      9,
      { x: 0, y: 0, w: 2, h: 2, png: new Uint8Array([byte]) },
    ];
    const [first, second, third] = [0, 1, 2].map(() => ({ close: vi.fn<() => void>() }));
    renderer.apply(readDelta([pixels(1)], []), true);
    renderer.apply(readDelta([pixels(2)], []), false);
    renderer.apply(readDelta([pixels(3)], []), true);
    bitmaps[1]!.resolve(second!);
    await settled();
    runFrame();
    expect(context.argsOf("drawImage")[0]![0]).toBe(second);
    bitmaps[0]!.resolve(first!);
    await settled();
    expect(first!.close).toHaveBeenCalledOnce();
    bitmaps[2]!.resolve(third!);
    await settled();
    runFrame();
    expect(second!.close).toHaveBeenCalledOnce();
    expect(context.argsOf("drawImage")[0]![0]).toBe(third);
    renderer.stop();
    expect(third!.close).toHaveBeenCalledOnce();
  });

  it("keeps the last picture when one cannot be decoded", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new DOMException("bad")));
    const png = new Uint8Array([1]);
    setUp().apply(readDelta([[1, 0, 9, { x: 0, y: 0, w: 2, h: 2, png }]], []), true);
    await vi.waitFor(() => expect(error).toHaveBeenCalledOnce());
  });

  it("lets go of pictures that are removed", async () => {
    const renderer = setUp();
    const bitmap = { close: vi.fn<() => void>() };
    const png = new Uint8Array([1]);
    renderer.apply(readDelta([[1, 0, 9, { x: 0, y: 0, w: 2, h: 2, png }]], []), true);
    bitmaps[0]!.resolve(bitmap);
    await settled();
    renderer.apply(readDelta([RECT.with(0, 2)], [1]), false);
    expect(bitmap.close).toHaveBeenCalledOnce();
  });

  it("does not draw any more once it is stopped", () => {
    const renderer = setUp();
    renderer.invalidate();
    renderer.stop();
    expect(frames).toEqual([]);
  });

  it("says so when the browser has no canvas", () => {
    vi.spyOn(canvas, "getContext").mockReturnValue(null);
    expect(() => setUp()).toThrow("cannot draw");
  });
});
