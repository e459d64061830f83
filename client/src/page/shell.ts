import { h, setText, show } from "./dom.js";

const LOST_GRACE_MS = 1000;
const LOADING_GRACE_MS = 500;
const HEEDED_MS = 8000;

/** The frame around every scene: progress, connection banner, notices, and the spoken announcements. */
export class Shell {
  readonly main = h("main", { id: "main" });
  readonly #progress = h("progress", { class: "study-progress", "aria-label": "Progress" });
  readonly #banner = h("div", { class: "banner", role: "status" });
  readonly #notices = h("div", { class: "notices", role: "status" });
  readonly #announcer = h("div", { class: "visually-hidden", "aria-live": "polite" });
  readonly #loadingTimer: ReturnType<typeof setTimeout>;
  #bannerTimer: ReturnType<typeof setTimeout> | undefined;
  #lost = false;

  constructor(host: HTMLElement) {
    show(this.#progress, false);
    show(this.#banner, false);
    const head = h("header", { class: "shell-head" }, this.#progress, this.#banner, this.#notices);
    host.replaceChildren(head, this.main, this.#announcer);
    this.#loadingTimer = setTimeout(
      () => this.main.replaceChildren(loadingNote()),
      LOADING_GRACE_MS,
    );
  }

  /** Put this into the main landmark in place of what was there, and move the focus to its heading. */
  mount(element: HTMLElement): void {
    clearTimeout(this.#loadingTimer);
    this.main.replaceChildren(element);
    for (const notice of this.#notices.querySelectorAll(".notice:not(.notice-error)")) {
      notice.remove();
    }
    window.scrollTo(0, 0);
    focusHeading(element);
  }

  /** Say how much of the study is done; null hides the bar. */
  progress(progress: readonly [number, number] | null): void {
    show(this.#progress, progress !== null && progress[1] > 1);
    if (progress === null) return;
    this.#progress.max = progress[1];
    this.#progress.value = progress[0];
  }

  /** Let assistive technology say something, without showing it. */
  announce(text: string): void {
    setText(this.#announcer, text);
  }

  /**
   * Show a sentence until it is closed or another scene comes; an error outlives the scene. A warning is about
   * the moment, and goes when people have had time to read it after they next did something.
   */
  notice(level: string, text: string): void {
    const close = (): void => notice.remove();
    const notice = h(
      "div",
      { class: `notice notice-${level}` },
      h("p", {}, text),
      h("button", { type: "button", class: "quiet", click: close }, "Close"),
    );
    // said again, it is read out again, and does not pile up
    for (const said of [...this.#notices.children]) {
      if (said.firstElementChild?.textContent === text) said.remove();
    }
    this.#notices.append(notice);
    if (level === "warning") whenHeeded(close);
  }

  /** Say that the connection is lost, unless it comes back within a moment. */
  connectionLost(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#bannerTimer = setTimeout(() => {
      setText(this.#banner, "The connection was lost. Reconnecting… Please keep this page open.");
      show(this.#banner, true);
    }, LOST_GRACE_MS);
  }

  /** Take the banner away. */
  connectionBack(): void {
    if (!this.#lost) return;
    this.#lost = false;
    clearTimeout(this.#bannerTimer);
    if (!this.#banner.hidden) this.announce("The connection is back.");
    setText(this.#banner, "");
    show(this.#banner, false);
  }
}

function loadingNote(): HTMLElement {
  const spinner = h("div", { class: "spinner", "aria-hidden": true });
  return h("div", { class: "scene loading-note", role: "status" }, spinner, h("p", {}, "Loading…"));
}

/** Do something some time after the next key, or press of a pointer, on this page. */
function whenHeeded(act: () => void): void {
  const listening = new AbortController();
  const heeded = (): void => {
    listening.abort();
    setTimeout(act, HEEDED_MS);
  };
  for (const type of ["keydown", "pointerdown"]) {
    addEventListener(type, heeded, { capture: true, signal: listening.signal });
  }
}

/** Move the focus to an element's main heading, so that a scene change is noticed and read out. */
export function focusHeading(element: HTMLElement): void {
  const target = element.querySelector<HTMLElement>("h1") ?? element;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
