import type { DebugFigures } from "@mug/client";

/** What of a picture changed, as `mug.rendering.packet` has it; `beat` says that nothing did. */
export interface FrameView {
  readonly kind: "delta" | "full" | "beat";
  readonly episode: number;
  readonly frame: number;
  readonly step: number;
  /** The last input that took effect. */
  readonly ack: number;
  readonly set?: readonly unknown[];
  readonly removed?: readonly unknown[];
  readonly hud?: string;
}

/** What happened besides steps. */
export type GameEvent =
  | readonly ["ready", number]
  | readonly ["episode_started", number]
  | readonly ["failed", string, string]
  | readonly ["over", string]
  /** The state of this page is not that of a peer, before a frame. */
  | readonly ["desync", number, number]
  /** The other pages go on without this one. */
  | readonly ["excluded"]
  /** The game stands still because something is missing of the other pages, or goes on. */
  | readonly ["waiting", boolean]
  /** How many milliseconds other pages are there and back, null for those that are not heard. */
  | readonly ["links", readonly (readonly [number, number | null])[]]
  | readonly ["assets", readonly unknown[]];

/** What a policy has to know before the next step: the outputs of a model. */
export interface InferenceWanted {
  readonly model: string;
  readonly outputs: readonly string[];
  readonly inputs: Readonly<
    Record<string, { readonly dtype: string; readonly shape: readonly number[] }>
  >;
}

/** What one turn of the game in Python brought. */
export interface Turn {
  /** Seconds until something is due, null when nothing is. */
  readonly due: number | null;
  readonly records: readonly string[];
  readonly frame?: FrameView | null;
  readonly events: readonly GameEvent[];
  readonly infer: readonly InferenceWanted[];
  /** Milliseconds that the game itself took of the turn. */
  readonly spent_ms?: number;
  /** For other players' pages: a peer, and Base64. */
  readonly packets?: readonly (readonly [number, string])[];
  /** What only this page can tell. */
  readonly notes?: readonly string[];
  /** For `window.mug.debug()`. */
  readonly figures?: Readonly<Partial<DebugFigures>>;
}
