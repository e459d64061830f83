import { encode } from "@msgpack/msgpack";
import { MalformedFrame } from "@mug/client";
import { describe, expect, it } from "vitest";
import { readFrame } from "../src/frame.js";

const RECT = [1, 0, 1, { x: 1, y: 2, w: 3, h: 4, color: "#ff0000" }];

function frame(type: number, flags: number, body?: unknown): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint8(0, type);
  view.setUint8(1, flags);
  view.setUint16(2, 3, true);
  view.setUint32(4, 70_000, true);
  view.setUint32(8, 60_000, true);
  view.setUint32(12, 9, true);
  return body === undefined ? header : new Uint8Array([...header, ...encode(body)]);
}

describe("readFrame", () => {
  it("reads where the game is", () => {
    expect(readFrame(frame(3, 0))).toEqual({
      episode: 3,
      frame: 70_000,
      step: 60_000,
      ack: 9,
      delta: null,
      full: false,
      hud: null,
    });
  });

  it("reads what changed, or the whole picture", () => {
    const delta = readFrame(frame(1, 0, [[RECT], [7]]));
    expect(delta).toMatchObject({
      full: false,
      hud: null,
      delta: { set: [{ key: 1 }], removed: [7] },
    });
    expect(readFrame(frame(2, 0, [[RECT], []])).full).toBe(true);
  });

  it("reads the line of text when there is one, an empty one included", () => {
    expect(readFrame(frame(1, 1, [[], [], "Score"])).hud).toBe("Score");
    expect(readFrame(frame(1, 1, [[], [], ""])).hud).toBe("");
    expect(readFrame(frame(1, 0, [[], []])).hud).toBeNull();
  });

  it("reads from the middle of a buffer", () => {
    const bytes = frame(1, 1, [[RECT], [], "Score"]);
    const buffer = new Uint8Array([9, 9, 9, ...bytes]);
    expect(readFrame(buffer.subarray(3))).toEqual(readFrame(bytes));
  });

  it("keeps pictures as bytes", () => {
    const png = new Uint8Array([137, 80]);
    const { delta } = readFrame(frame(2, 0, [[[1, 0, 9, { x: 0, y: 0, w: 1, h: 1, png }]], []]));
    expect(delta!.set[0]!.props["png"]).toEqual(png);
  });

  it.each([
    ["too short", new Uint8Array(15)],
    ["of an unknown type", frame(4, 0, [[], []])],
    ["without a delta", frame(1, 0, 5)],
    ["with half a delta", frame(1, 0, [[]])],
  ])("refuses a frame that is %s", (_, bytes) => {
    expect(() => readFrame(bytes)).toThrow(MalformedFrame);
  });
});
