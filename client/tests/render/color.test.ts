import { describe, expect, it } from "vitest";
import { formatColor, mixColors, parseColor } from "../../src/render/color.js";

describe("colors", () => {
  it("are read with and without opacity", () => {
    expect(parseColor("#0a10ff")).toEqual([10, 16, 255, 255]);
    expect(parseColor("#0A10FF80")).toEqual([10, 16, 255, 128]);
  });

  it.each(["red", "#fff", "#12345", "#1234567", "#gggggg", ""])("are not read from %j", (text) => {
    expect(parseColor(text)).toBeNull();
  });

  it("are written as they are read", () => {
    for (const text of ["#000000", "#ffffff", "#0a10ff80", "#00000000"]) {
      expect(formatColor(parseColor(text)!)).toBe(text);
    }
  });

  it("mix in proportion, opacity included", () => {
    expect(mixColors("#000000", "#ffffff", 0.5)).toBe("#808080");
    expect(mixColors("#ff0000", "#ff000000", 0.5)).toBe("#ff000080");
    expect(mixColors("#102030", "#ffffff", 0)).toBe("#102030");
  });

  it("change at once when one of them is none", () => {
    expect(mixColors("red", "#ffffff", 0.5)).toBe("#ffffff");
    expect(mixColors("#ffffff", "red", 0.5)).toBe("red");
  });
});
