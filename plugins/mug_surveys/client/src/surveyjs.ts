import { h, type MountedScene, type SceneContext } from "@mug/client";
import type { SurveyJsView } from "./later.js";

/** A SurveyJS scene: what shows it is fetched first. */
export class LaterView implements MountedScene {
  readonly #note = h("p", { role: "status" }, "Loading…");
  #view: SurveyJsView | null = null;
  #gone = false;

  constructor(context: SceneContext, url: string, participant: string) {
    const title = context.scene.page["header"];
    const heading = typeof title === "string" && title !== "" ? title : document.title;
    context.root.classList.add("survey");
    context.root.append(h("h1", {}, heading), this.#note);
    void this.#load(context, url, participant);
  }

  refused(errors: Record<string, string>): void {
    this.#view?.refused(errors);
  }

  resumed(): void {
    this.#view?.resumed();
  }

  destroy(): void {
    this.#gone = true;
    this.#view?.destroy();
  }

  async #load(context: SceneContext, url: string, participant: string): Promise<void> {
    try {
      const later = (await import(url)) as typeof import("./later.js");
      if (this.#gone) return;
      this.#note.remove();
      this.#view = new later.SurveyJsView(context, participant);
    } catch (error) {
      console.error("mug: SurveyJS could not be shown:", error);
      this.#note.textContent = "This page did not load completely. Please reload it.";
    }
  }
}
