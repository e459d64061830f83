import type { Actions } from "./actions.js";

const NEVER_TRAPPED = new Set(["Escape", "Tab"]);
const COMMAND_KEYS = [
  "ControlLeft",
  "ControlRight",
  "AltLeft",
  "AltRight",
  "MetaLeft",
  "MetaRight",
];

/**
 * Feeds the keyboard into the actions. Only bound keys are kept from the browser, only while the game
 * is played, and never while the participant types or operates a control.
 */
export class Keyboard {
  capturing = false;
  readonly #actions: Actions;
  readonly #ownsModifiers: boolean;
  readonly #stop = new AbortController();

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#ownsModifiers = COMMAND_KEYS.some((code) => actions.binds(code));
    const { signal } = this.#stop;
    document.addEventListener("keydown", (event) => this.#down(event), { signal });
    document.addEventListener("keyup", (event) => this.#up(event), { signal });
    window.addEventListener("blur", () => actions.releaseAll(), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.visibilityState === "hidden") actions.releaseAll();
      },
      { signal },
    );
  }

  destroy(): void {
    this.#stop.abort();
  }

  #down(event: KeyboardEvent): void {
    if (!this.#actions.binds(event.code) || event.isComposing || wantsKey(event)) return;
    const command = event.ctrlKey || event.altKey || event.metaKey;
    if (command && !this.#ownsModifiers) return; // a shortcut of the browser's
    if (this.capturing && !NEVER_TRAPPED.has(event.code)) event.preventDefault();
    if (!event.repeat) this.#actions.press(event.code);
  }

  #up(event: KeyboardEvent): void {
    // macOS does not report the release of other keys while Meta is held
    if (event.key === "Meta" && !this.#ownsModifiers) this.#actions.releaseAll();
    this.#actions.release(event.code);
  }
}

/** Whether the focused element has its own use for this key. */
function wantsKey(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("input, select, textarea, dialog") !== null)
    return true;
  const operates = event.code === "Enter" || event.code === "Space";
  return operates && target.closest("button, a[href], summary") !== null;
}
