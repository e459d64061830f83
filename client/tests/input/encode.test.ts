import { describe, expect, it } from "vitest";
import { encodeInput } from "../../src/input/encode.js";

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

describe("encodeInput", () => {
  it("writes a held action: kind, sequence number, action, little endian", () => {
    const bytes = encodeInput({ kind: "held", seq: 0x01020304, action: 0x0506 });
    expect(hex(bytes)).toBe("01 04 03 02 01 06 05");
  });

  it("writes 0xFFFF for no action", () => {
    expect(hex(encodeInput({ kind: "held", seq: 1, action: null }))).toBe("01 01 00 00 00 ff ff");
  });

  it("writes an event", () => {
    expect(hex(encodeInput({ kind: "event", seq: 2, action: 3 }))).toBe("02 02 00 00 00 03 00");
  });

  it("writes the pointer with its place as two floats", () => {
    const bytes = encodeInput({ kind: "pointer", seq: 1, action: 0, x: 1.5, y: -2 });
    expect(hex(bytes)).toBe("03 01 00 00 00 00 00 00 00 c0 3f 00 00 00 c0");
  });
});
