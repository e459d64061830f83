import { describe, expect, it } from "vitest";
import examples from "../../../../tests/contract/wire_examples.json" with { type: "json" };
import { readFrame } from "../src/frame.js";

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16)));
const [first, second, third, fourth] = examples.frames.map((hex) => readFrame(bytes(hex)));

/** The properties without which a command of a type could not be drawn. */
const NEEDED: Record<string, string[]> = {
  surface: ["width", "height"],
  rect: ["x", "y", "w", "h", "color"],
  circle: ["x", "y", "radius", "color"],
  ellipse: ["x", "y", "rx", "ry", "color"],
  line: ["points", "color", "width"],
  polygon: ["points", "color"],
  text: ["text", "x", "y", "size", "color", "font", "align", "baseline"],
  image: ["name", "x", "y"],
  arc: ["x", "y", "radius", "start", "end", "color", "width", "filled"],
  pixels: ["x", "y", "w", "h", "png"],
};

describe("frames as the server writes them", () => {
  it("begin with everything", () => {
    expect(first).toMatchObject({
      episode: 1,
      frame: 10,
      step: 9,
      ack: 77,
      full: true,
      hud: "Score 1",
    });
    const types = new Set(first!.delta!.set.map((command) => command.type));
    expect(types).toEqual(new Set(Object.keys(NEEDED).filter((type) => type !== "pixels")));
  });

  it("go on with what changed", () => {
    expect(second).toMatchObject({ frame: 11, full: false, hud: "Score 2" });
    expect(second!.delta!.removed.length).toBeGreaterThan(0);
  });

  it("bring pictures as PNG files, and no text that did not change", () => {
    const pixels = third!.delta!.set.find((command) => command.type === "pixels")!;
    expect(pixels.props["png"]).toBeInstanceOf(Uint8Array);
    expect([...(pixels.props["png"] as Uint8Array)].slice(1, 4)).toEqual([
      ...new TextEncoder().encode("PNG"),
    ]);
    expect(third!.hud).toBeNull();
  });

  it("give a sign of life when nothing changes", () => {
    expect(fourth).toMatchObject({ episode: 2, frame: 70_000, step: 60_000, delta: null });
  });

  it("bring every property that drawing needs", () => {
    for (const frame of [first, second, third]) {
      for (const { type, props } of frame!.delta!.set) {
        for (const name of NEEDED[type]!) expect(props, `${type}.${name}`).toHaveProperty(name);
      }
    }
  });
});
