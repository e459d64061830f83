import { describe, expect, it } from "vitest";
import { readAtlas } from "../../src/render/atlas.js";

const place = { x: 1, y: 2, w: 3, h: 4 };
const plain = { ...place, rotated: false, box: { x: 0, y: 0, w: 3, h: 4 } };

describe("readAtlas", () => {
  it.each([
    ["names to rectangles", { hero: place }],
    ["names to rectangles with long keys", { hero: { x: 1, y: 2, width: 3, height: 4 } }],
    ["names to lists", { hero: [1, 2, 3, 4] }],
    ["TexturePacker's hash", { frames: { hero: { frame: place } }, meta: { image: "a.png" } }],
    ["TexturePacker's array", { frames: [{ filename: "hero", frame: place }] }],
    [
      "Phaser's textures",
      { textures: [{ image: "a.png", frames: [{ filename: "hero", frame: place }] }] },
    ],
  ])("reads %s", (_, data) => {
    const atlas = readAtlas(data);
    expect(atlas.get("hero")).toEqual(plain);
    expect(atlas.get("0")).toEqual(plain);
  });

  it("counts frames in their order, and prefers a name to a number", () => {
    const other = { x: 9, y: 9, w: 9, h: 9 };
    const atlas = readAtlas({ a: place, "0": other });
    expect(atlas.get("0")).toMatchObject(other);
  });

  it("keeps trimming and rotation", () => {
    const atlas = readAtlas({
      frames: {
        hero: {
          frame: place,
          rotated: true,
          spriteSourceSize: { x: 5, y: 6, w: 3, h: 4 },
          sourceSize: { w: 20, h: 30 },
        },
      },
    });
    expect(atlas.get("hero")).toEqual({
      ...place,
      rotated: true,
      box: { x: 5, y: 6, w: 20, h: 30 },
    });
  });

  it("knows a frame that is called 'frames'", () => {
    expect(readAtlas({ frames: place }).get("frames")).toEqual(plain);
  });

  it.each([null, 3, "text", {}, { hero: "no" }, { hero: { x: 1 } }])("is empty for %j", (data) => {
    expect(readAtlas(data).size).toBe(0);
  });
});
