import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Actions } from "../../src/input/actions.js";
import { Keyboard } from "../../src/input/keyboard.js";
import { setVisible } from "../helpers/page.js";

let meant: (number | null)[];
let keyboard: Keyboard;

function setUp(codes: string[]): void {
  const bindings = codes.map((code, action) => ({ codes: [code], action }));
  const actions = new Actions(bindings, "pressed_keys", (input) => meant.push(input.action));
  keyboard = new Keyboard(actions);
  keyboard.capturing = true;
  actions.play(true);
  meant.length = 0;
}

function key(
  type: "keydown" | "keyup",
  code: string,
  options: KeyboardEventInit = {},
  target: Element = document.body,
): KeyboardEvent {
  const event = new KeyboardEvent(type, { code, bubbles: true, cancelable: true, ...options });
  target.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  meant = [];
  document.body.innerHTML =
    '<input id="field" /><button id="button">b</button><a id="link" href="#">l</a><canvas tabindex="0"></canvas>';
});
afterEach(() => {
  keyboard.destroy();
  setVisible(true);
});

describe("Keyboard", () => {
  it("feeds physical keys, once per press, and keeps them from the browser", () => {
    setUp(["ArrowUp"]);
    const down = key("keydown", "ArrowUp");
    const again = key("keydown", "ArrowUp", { repeat: true });
    key("keyup", "ArrowUp");
    expect(meant).toEqual([0, null]);
    expect([down.defaultPrevented, again.defaultPrevented]).toEqual([true, true]);
  });

  it("leaves unbound keys to the browser", () => {
    setUp(["ArrowUp"]);
    expect(key("keydown", "F5").defaultPrevented).toBe(false);
    expect(meant).toEqual([]);
  });

  it("keeps nothing from the browser while nobody plays", () => {
    setUp(["ArrowUp"]);
    keyboard.capturing = false;
    expect(key("keydown", "ArrowUp").defaultPrevented).toBe(false);
  });

  it.each(["Tab", "Escape"])("never traps %s, even when it is bound", (code) => {
    setUp([code]);
    expect(key("keydown", code).defaultPrevented).toBe(false);
    expect(meant).toEqual([0]);
  });

  it("leaves keys alone while somebody types", () => {
    setUp(["KeyW"]);
    const event = key("keydown", "KeyW", {}, document.querySelector("#field")!);
    expect(event.defaultPrevented).toBe(false);
    expect(meant).toEqual([]);
  });

  it.each(["#button", "#link"])("lets Space and Enter operate %s", (selector) => {
    setUp(["Space", "Enter", "ArrowUp"]);
    const target = document.querySelector(selector)!;
    expect(key("keydown", "Space", {}, target).defaultPrevented).toBe(false);
    expect(key("keydown", "Enter", {}, target).defaultPrevented).toBe(false);
    key("keydown", "ArrowUp", {}, target);
    expect(meant).toEqual([2]);
  });

  it("leaves the browser its shortcuts", () => {
    setUp(["KeyW"]);
    expect(key("keydown", "KeyW", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(meant).toEqual([]);
  });

  it("plays with modifiers where they are bound themselves", () => {
    setUp(["ControlLeft", "KeyA"]);
    key("keydown", "ControlLeft", { ctrlKey: true });
    key("keydown", "KeyA", { ctrlKey: true });
    expect(meant).toEqual([0, 1]);
  });

  it("lets go of everything when the window loses the focus", () => {
    setUp(["ArrowUp"]);
    key("keydown", "ArrowUp");
    window.dispatchEvent(new Event("blur"));
    expect(meant).toEqual([0, null]);
  });

  it("lets go of everything when the page is hidden", () => {
    setUp(["ArrowUp"]);
    key("keydown", "ArrowUp");
    setVisible(false);
    expect(meant).toEqual([0, null]);
  });

  it("lets go of everything when Meta is released, which hides other releases", () => {
    setUp(["ArrowUp"]);
    key("keydown", "ArrowUp");
    key("keyup", "MetaLeft", { key: "Meta" });
    expect(meant).toEqual([0, null]);
  });

  it("hears nothing once it is destroyed", () => {
    setUp(["ArrowUp"]);
    keyboard.destroy();
    key("keydown", "ArrowUp");
    expect(meant).toEqual([]);
  });
});
