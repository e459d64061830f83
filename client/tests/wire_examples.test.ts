import { describe, expect, it } from "vitest";
import examples from "../../tests/contract/wire_examples.json" with { type: "json" };
import { encodeInput, type PlayerInput } from "../src/input/encode.js";
import { TYPES } from "../src/render/commands.js";

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

describe("what both halves of mug agree on", () => {
  it.each(examples.inputs)("an input is written as the server reads it: $kind $seq", (example) => {
    expect(hex(encodeInput(example as PlayerInput))).toBe(example.hex);
  });

  it("commands have the numbers that the server gives them", () => {
    expect(TYPES).toEqual(examples.types);
  });
});
