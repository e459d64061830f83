import { describe, expect, it } from "vitest";
import { resolve } from "../../src/input/chords.js";

const BINDINGS = [
  { codes: ["ArrowUp"], action: 0 },
  { codes: ["ArrowLeft"], action: 1 },
  { codes: ["ArrowUp", "ArrowLeft"], action: 2 },
  { codes: ["KeyW"], action: 0 },
  { codes: ["Space", "ArrowUp"], action: 3 },
];

const action = (...pressed: string[]): number | null => resolve(BINDINGS, pressed)?.action ?? null;

describe("resolve", () => {
  it("means nothing when no bound key is pressed", () => {
    expect(action()).toBeNull();
    expect(action("KeyQ")).toBeNull();
    expect(action("Space")).toBeNull();
  });

  it("takes the most recent key when no chord matches", () => {
    expect(action("ArrowLeft", "KeyW")).toBe(0);
    expect(action("KeyW", "ArrowLeft")).toBe(1);
  });

  it("takes the longest chord, in whichever order its keys were pressed", () => {
    expect(action("ArrowUp", "ArrowLeft")).toBe(2);
    expect(action("ArrowLeft", "ArrowUp")).toBe(2);
    expect(action("ArrowUp", "ArrowLeft", "KeyW")).toBe(2);
  });

  it("takes the chord with the newest key among equally long ones", () => {
    expect(action("ArrowUp", "ArrowLeft", "Space")).toBe(3);
    expect(action("ArrowUp", "Space", "ArrowLeft")).toBe(2);
  });

  it("considers only chords with a certain key when asked to", () => {
    expect(resolve(BINDINGS, ["ArrowUp", "ArrowLeft", "KeyW"], "KeyW")?.action).toBe(0);
    expect(resolve(BINDINGS, ["ArrowUp", "KeyQ"], "KeyQ")).toBeNull();
  });

  it("never matches an empty chord", () => {
    expect(resolve([{ codes: [], action: 9 }], ["KeyA"])).toBeNull();
  });
});
