import { describe, expect, it } from "vitest";
import { MalformedMessage, matches, parse } from "../../src/net/messages.js";
import { SHAPES } from "../../src/protocol.js";

describe("matches", () => {
  it.each([
    ["string", "text", 1],
    ["number", 1.5, "1"],
    ["boolean", false, null],
    ["number | null", null, "null"],
    ["[number, number] | null", [1, 2], [1]],
    ["[number, number]", [1, 2], [1, "2"]],
    ["Record<string, string>", { a: "b" }, { a: 1 }],
    ["Record<string, unknown>", { a: 1 }, [1]],
    ["string[]", ["a"], ["a", 1]],
  ])("%s takes %j and not %j", (type, good, bad) => {
    expect(matches(good, type)).toBe(true);
    expect(matches(bad, type)).toBe(false);
  });

  it("takes anything as unknown", () => {
    expect(matches(undefined, "unknown")).toBe(true);
  });
});

describe("parse", () => {
  const lobby = {
    visit: 1,
    waiting: null,
    needed: 2,
    position: 1,
    remaining: 1.5,
    can_leave: true,
    text: "",
  };

  it("lets a message of the protocol through unchanged", () => {
    expect(parse("lobby", lobby)).toEqual(lobby);
  });

  it("refuses each message that lacks any one of its fields", () => {
    for (const field of Object.keys(SHAPES.lobby)) {
      const lacking: Record<string, unknown> = { ...lobby };
      delete lacking[field];
      expect(() => parse("lobby", lacking), field).toThrow(MalformedMessage);
    }
  });

  it.each([null, "text", [lobby], 3])("refuses %j, which is no object", (data) => {
    expect(() => parse("lobby", data)).toThrow(MalformedMessage);
  });

  it("says which field is wrong", () => {
    expect(() => parse("lobby", { ...lobby, needed: "2" })).toThrow(
      "lobby.needed: expected number",
    );
  });
});
