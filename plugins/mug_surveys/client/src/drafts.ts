import type { SceneContext } from "@mug/client";
import type { Values } from "./types.js";

/** Servers take no longer drafts: each is a record. */
const LONGEST_DRAFT = 15_000;
/** More than this a server does not take at once. */
export const LONGEST_BYTES = 60_000;

export function sizeOf(values: Values): number {
  return new TextEncoder().encode(JSON.stringify(values)).length;
}

/** Saves what a participant has typed: on the server, or in this tab when it is too long for that. */
export class Drafts {
  readonly #context: SceneContext;
  readonly #key: string;

  constructor(context: SceneContext, participant: string) {
    this.#context = context;
    const { scene_id, visit } = context.scene;
    this.#key = `mug.survey ${location.pathname} ${participant} ${scene_id} ${visit}`;
  }

  /** What was typed at this step of the survey and not sent. */
  typed(step: number): Values {
    const kept = [this.#kept(), this.#context.scene.answers];
    return kept.find((draft) => draft["$step"] === step) ?? {};
  }

  save(draft: Values): void {
    const long = sizeOf(draft) > LONGEST_DRAFT;
    try {
      if (long) sessionStorage.setItem(this.#key, JSON.stringify(draft));
      else sessionStorage.removeItem(this.#key);
    } catch {
      // storage is full or switched off: the draft is safe only until a reload
    }
    if (!long) this.#context.draft(draft);
  }

  #kept(): Values {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "{}") as Values;
    } catch {
      return {};
    }
  }
}
