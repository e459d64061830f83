import type { GameHost } from "@mug/client";
import { type Boot, BootFailure } from "./boot.js";
import { bootText } from "./boot_text.js";
import type { Standby } from "./standby.js";

/** Pauses before it is tried again without asking; then the participant decides. */
const PAUSES_MS = [1000, 4000];
/** How often a participant may try again before the browser counts as one that cannot. */
const MANUAL_TRIES = 3;
const PROBLEM = "The game could not be loaded. Please check your connection and try again.";

/** Gets Python ready for a game, as often as it takes, and shows how far it is. */
export class Loader {
  readonly #host: GameHost;
  readonly #standby: Standby;
  #stopped = false;

  constructor(host: GameHost, standby: Standby) {
    this.#host = host;
    this.#standby = standby;
  }

  /** The page is left. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Return the worker, ready for this scene; null if the page was left meanwhile.
   *
   * @param fresh the game has no records yet, so that something else may play it where the scene says so
   * @throws BootFailure it does not work, and trying again does not help
   */
  async load(sceneId: string, scenePack: string, fresh: boolean): Promise<Boot | null> {
    const { fps, raw } = this.#host.page;
    const choosy = fresh && raw["canFallBack"] === true;
    const boot = await this.#load(sceneId, scenePack, choosy ? 0 : MANUAL_TRIES);
    if (!choosy || boot === null || boot.stepMs <= 1000 / fps) return boot;
    boot.port.terminate();
    throw new BootFailure(`a step takes ${Math.round(boot.stepMs)} ms on this device`, "", false);
  }

  async #load(sceneId: string, scenePack: string, manualTries: number): Promise<Boot | null> {
    for (let tries = 0; !this.#stopped; tries++) {
      try {
        return this.#taken(
          await this.#standby.take(sceneId, scenePack, tries > 0, (progress) => {
            if (!this.#stopped) this.#host.progress(...bootText(progress));
          }),
        );
      } catch (error) {
        const failure = asFailure(error);
        console.warn("mug: the game could not be loaded:", failure.message, failure.detail);
        if (!failure.temporary || tries >= PAUSES_MS.length + manualTries) throw failure;
        await this.#pause(PAUSES_MS[tries]);
      }
    }
    return null;
  }

  #taken(boot: Boot): Boot | null {
    if (this.#stopped) {
      boot.port.terminate();
      return null;
    }
    const stages = boot.stages.map(({ stage, began, ended }) => [stage, Math.round(ended - began)]);
    this.#host.report({ boot: Object.fromEntries(stages) as Record<string, number> });
    return boot;
  }

  #pause(milliseconds: number | undefined): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      if (milliseconds === undefined) this.#host.problem(PROBLEM, resolve);
      else setTimeout(resolve, milliseconds);
    });
  }
}

function asFailure(error: unknown): BootFailure {
  return error instanceof BootFailure ? error : new BootFailure(String(error), "", true);
}
