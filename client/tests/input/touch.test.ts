import { describe, expect, it, vi } from "vitest";
import { Actions } from "../../src/input/actions.js";
import { TouchButtons, wantsTouchButtons } from "../../src/input/touch.js";

const ARROWS = [
  { label: "↑", codes: ["ArrowUp"] },
  { label: "↓", codes: ["ArrowDown"] },
  { label: "←", codes: ["ArrowLeft"] },
  { label: "→", codes: ["ArrowRight"] },
];

function setUp(buttons = [...ARROWS, { label: "Jump", codes: ["Space"] }]) {
  const meant: (number | null)[] = [];
  const bindings = buttons.map((button, action) => ({ codes: button.codes, action }));
  const actions = new Actions(bindings, "pressed_keys", (input) => meant.push(input.action));
  actions.play(true);
  meant.length = 0;
  const touch = new TouchButtons(buttons, actions);
  document.body.replaceChildren(touch.element);
  const button = (name: string) =>
    touch.element.querySelector<HTMLButtonElement>(`[aria-label="${name}"]`)!;
  return { touch, meant, button };
}

const pointer = (type: string) => new PointerEvent(type, { pointerId: -1, cancelable: true });

describe("TouchButtons", () => {
  it("press their keys while a finger is on them", () => {
    const { meant, button } = setUp();
    button("Jump").dispatchEvent(pointer("pointerdown"));
    button("Jump").dispatchEvent(pointer("pointerup"));
    expect(meant).toEqual([4, null]);
  });

  it("let several fingers press several keys", () => {
    const { meant, button } = setUp();
    button("Left").dispatchEvent(pointer("pointerdown"));
    button("Up").dispatchEvent(pointer("pointerdown"));
    button("Up").dispatchEvent(pointer("pointercancel"));
    expect(meant).toEqual([2, 0, 2]);
  });

  it("work with the keyboard", () => {
    const { meant, button } = setUp();
    button("Jump").dispatchEvent(new KeyboardEvent("keydown", { code: "Enter" }));
    button("Jump").dispatchEvent(new KeyboardEvent("keyup", { code: "Enter" }));
    button("Jump").dispatchEvent(new KeyboardEvent("keydown", { code: "KeyX" }));
    expect(meant).toEqual([4, null]);
  });

  it("let go when the focus leaves them", () => {
    const { meant, button } = setUp();
    button("Jump").dispatchEvent(new KeyboardEvent("keydown", { code: "Space" }));
    button("Jump").dispatchEvent(new FocusEvent("blur"));
    expect(meant).toEqual([4, null]);
  });

  it("have combinations of two directions in the corners of the cross", () => {
    const corners = [
      { label: "↑+←", codes: ["ArrowLeft", "ArrowUp"] },
      { label: "↓+→", codes: ["ArrowDown", "ArrowRight"] },
    ];
    const { touch, button, meant } = setUp([...ARROWS, ...corners]);
    expect(touch.element.querySelectorAll(".cross > button")).toHaveLength(6);
    expect(button("Up and left").dataset["direction"]).toBe("up-left");
    expect(button("Down and right").textContent).toBe("↘");
    button("Up and left").dispatchEvent(pointer("pointerdown"));
    expect(meant.at(-1)).toBe(4);
  });

  it("need all four directions for a cross", () => {
    const { touch } = setUp([ARROWS[0]!, { label: "↑+←", codes: ["ArrowLeft", "ArrowUp"] }]);
    expect(touch.element.querySelector(".cross")).toBeNull();
  });

  it("stand in a cross when there is one for each direction", () => {
    const { touch } = setUp();
    const cross = touch.element.querySelector(".cross")!;
    const directions = [...cross.children].map(
      (element) => (element as HTMLElement).dataset["direction"],
    );
    expect(directions).toEqual(["up", "down", "left", "right"]);
    expect(touch.element.querySelectorAll("button")).toHaveLength(5);
  });

  it("stand in a row otherwise", () => {
    const { touch } = setUp(ARROWS.slice(0, 3));
    expect(touch.element.querySelector(".cross")).toBeNull();
    expect(touch.element.querySelectorAll("button")).toHaveLength(3);
  });
});

describe("wantsTouchButtons", () => {
  it("does as the script says", () => {
    expect(wantsTouchButtons(true)).toBe(true);
    expect(wantsTouchButtons(false)).toBe(false);
  });

  it.each([true, false])("goes by the pointer otherwise (coarse: %s)", (coarse) => {
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query.includes("coarse") && coarse,
    }));
    expect(wantsTouchButtons("auto")).toBe(coarse);
  });
});
