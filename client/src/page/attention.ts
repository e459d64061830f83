const FLASH_MS = 1000;

/** Calls a participant who looks at another tab: the tab's title alternates until they are back. */
export class Attention {
  #timer: ReturnType<typeof setInterval> | undefined;
  #title = "";

  /** Flash a text in the title until the page is visible, then call `seen`. At once if it is. */
  call(text: string, seen: () => void): void {
    this.stop();
    if (document.visibilityState === "visible") {
      seen();
      return;
    }
    this.#title = document.title;
    let shown = false;
    this.#timer = setInterval(() => {
      shown = !shown;
      document.title = shown ? text : this.#title;
    }, FLASH_MS);
    document.title = text;
    this.#onVisible = () => {
      if (document.visibilityState !== "visible") return;
      this.stop();
      seen();
    };
    document.addEventListener("visibilitychange", this.#onVisible);
  }

  /** Stop calling. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    document.title = this.#title;
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  #onVisible = (): void => {};
}
