import { AdvanceButton, h, type MountedScene, type SceneContext } from "@mug/client";
import { look, roundTrips } from "./look.js";

const NOT_ANSWERED_MS = 10_000;

/** Looks at the browser, tells the server, and shows its refusal if there is one. */
export class ScreeningView implements MountedScene {
  readonly #context: SceneContext;
  readonly #ping: string;
  readonly #gone = new AbortController();
  readonly #leave = new AdvanceButton(() => {
    this.#context.advance({ leave: true });
    return true;
  });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: SceneContext, ping: string) {
    this.#context = context;
    this.#ping = ping;
    if (typeof context.scene.page["lack"] === "string") this.#refuse(context.scene.page["lack"]);
    else this.#begin();
  }

  refused(errors: Record<string, string>): void {
    this.#failed(errors[""] ?? "");
  }

  resumed(): void {
    if (this.#timer !== undefined) this.#begin();
  }

  destroy(): void {
    this.#gone.abort();
    clearTimeout(this.#timer);
    this.#leave.destroy();
  }

  /** Ask for a key if the study needs a keyboard, then look. */
  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#context.scene.page["keyboard"] === true) this.#askForKey();
    else void this.#measure(false);
  }

  #askForKey(): void {
    const asked = new AbortController();
    const go = (keyboard: boolean): void => {
      asked.abort();
      void this.#measure(keyboard);
    };
    const none = h(
      "button",
      { type: "button", "data-testid": "no-keyboard" },
      "I have no keyboard",
    );
    none.addEventListener("click", () => go(false), { signal: asked.signal });
    const signal = AbortSignal.any([asked.signal, this.#gone.signal]);
    const press = (event: KeyboardEvent): void => {
      if (event.code !== "Space" || event.repeat || event.target === none) return;
      event.preventDefault();
      go(true);
    };
    document.addEventListener("keydown", press, { signal });
    this.#show("A look at your keyboard", [
      h("p", {}, "Please press the space bar on your keyboard."),
      h("p", { class: "actions" }, none),
    ]);
  }

  async #measure(keyboard: boolean): Promise<void> {
    const text = "This takes a few seconds. You need not do anything.";
    this.#show("Checking your browser", [h("p", {}, text)]);
    this.#context.announce(text);
    const { page } = this.#context.scene;
    const ping = async (signal: AbortSignal): Promise<void> => {
      const answer = await fetch(this.#ping, { signal, cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
    };
    const samples = await roundTrips(Number(page["samples"]), ping, Number(page["patience"]));
    if (this.#gone.signal.aborted) return;
    this.#context.advance({ ...look(window, keyboard), samples });
    this.#timer = setTimeout(
      () => this.#failed("We could not check your browser. Please try again."),
      NOT_ANSWERED_MS,
    );
  }

  #failed(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#show("Checking your browser", [
      h("p", { role: "alert" }, text),
      h("p", { class: "actions" }, this.#again()),
    ]);
  }

  #refuse(text: string): void {
    const again = this.#context.scene.page["again"] === true ? this.#again() : null;
    this.#show("You cannot take part right now", [
      h("p", { "data-testid": "screened-out" }, text),
      h("p", { class: "actions" }, again, this.#leave.element),
    ]);
  }

  #again(): HTMLElement {
    return h(
      "button",
      { type: "button", "data-testid": "check-again", click: () => this.#begin() },
      "Check again",
    );
  }

  #show(heading: string, parts: HTMLElement[]): void {
    this.#context.root.replaceChildren(h("h1", {}, heading), ...parts);
  }
}
