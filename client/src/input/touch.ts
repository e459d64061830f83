import type { ScreenButton } from "../game/page.js";
import { h } from "../page/dom.js";
import type { Actions } from "./actions.js";

const NAMES: Record<string, string> = {
  "↑": "Up",
  "↓": "Down",
  "←": "Left",
  "→": "Right",
  "↖": "Up and left",
  "↗": "Up and right",
  "↙": "Down and left",
  "↘": "Down and right",
};

const DIRECTIONS: Record<string, string> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  KeyW: "up",
  KeyS: "down",
  KeyA: "left",
  KeyD: "right",
};

/** Two directions at once have a place in a corner of the cross, and a sign of their own. */
const CORNERS: Record<string, string> = {
  "up-left": "↖",
  "up-right": "↗",
  "down-left": "↙",
  "down-right": "↘",
};

/** Buttons on the screen that press keys: several fingers at once, or Enter and Space on a keyboard. */
export class TouchButtons {
  readonly element: HTMLElement;
  readonly #actions: Actions;

  constructor(buttons: readonly ScreenButton[], actions: Actions) {
    this.#actions = actions;
    const cross = directionCross(buttons);
    const rest = buttons.filter((button) => !cross.has(button));
    this.element = h(
      "div",
      { class: "touch-buttons", role: "group", "aria-label": "Game controls" },
      cross.size > 0 ? h("div", { class: "cross" }, ...this.#cross(cross)) : null,
      ...rest.map((button) => this.#button(button)),
    );
  }

  #cross(cross: ReadonlyMap<ScreenButton, string>): HTMLElement[] {
    return [...cross].map(([spec, direction]) => {
      const sign = CORNERS[direction];
      const button = this.#button(sign === undefined ? spec : { ...spec, label: sign });
      button.dataset["direction"] = direction;
      return button;
    });
  }

  #button(spec: ScreenButton): HTMLElement {
    const button = h(
      "button",
      { type: "button", class: "touch-button", "aria-label": NAMES[spec.label] ?? spec.label },
      spec.label,
    );
    const press = (): void => {
      button.classList.add("pressed");
      for (const code of spec.codes) this.#actions.press(code, button);
    };
    const release = (): void => {
      button.classList.remove("pressed");
      for (const code of spec.codes) this.#actions.release(code, button);
    };
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      if (event.pointerId >= 0) button.setPointerCapture(event.pointerId);
      press();
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      button.addEventListener(end, release);
    }
    button.addEventListener("keydown", (event) => {
      if (isOperatingKey(event)) press();
    });
    button.addEventListener("keyup", (event) => {
      if (isOperatingKey(event)) release();
    });
    button.addEventListener("blur", release);
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    return button;
  }
}

/** Whether to show the buttons: if the script says so, or if fingers are the main way to point. */
export function wantsTouchButtons(setting: boolean | "auto"): boolean {
  return setting === "auto" ? matchMedia("(pointer: coarse)").matches : setting;
}

/** The buttons that form a cross, and its corners, if there is one for each direction. */
function directionCross(buttons: readonly ScreenButton[]): ReadonlyMap<ScreenButton, string> {
  const cross = new Map<ScreenButton, string>();
  for (const button of buttons) {
    const direction = directionOf(button.codes);
    if (direction !== null && ![...cross.values()].includes(direction)) {
      cross.set(button, direction);
    }
  }
  const plain = [...cross.values()].filter((direction) => !(direction in CORNERS));
  return plain.length === 4 ? cross : new Map();
}

function directionOf(codes: readonly string[]): string | null {
  const parts = codes.map((code) => DIRECTIONS[code]);
  const [first, second] = parts;
  if (parts.length === 1) return first ?? null;
  const corner = [`${first}-${second}`, `${second}-${first}`].find((name) => name in CORNERS);
  return parts.length === 2 && corner !== undefined ? corner : null;
}

function isOperatingKey(event: KeyboardEvent): boolean {
  return event.code === "Enter" || event.code === "Space";
}
