import type { PeerPort, PlayerInput } from "@mug/client";
import type { RuntimeFiles, SceneFiles } from "./manifest.js";

/** What is done until a game can be played, in this order. */
export const STAGES = ["download", "python", "unpack", "imports", "scene", "warm_up"] as const;
export type Stage = (typeof STAGES)[number];

/** How long a stage took; times are milliseconds since 1970. */
export interface StageTiming {
  readonly stage: Stage;
  readonly began: number;
  readonly ended: number;
}

/** What the page says to its worker. */
export type ToWorker =
  | {
      readonly type: "boot";
      readonly runtime: RuntimeFiles;
      readonly scene: SceneFiles;
      /** Pass by what the browser has kept of these files: it may be damaged. */
      readonly fresh: boolean;
    }
  | {
      readonly type: "open";
      readonly setup: string;
      /** The number of the next record. */
      readonly next: number;
      readonly snapshot: Uint8Array | null;
      /** What the page of another player says of where the game is beyond its records. */
      readonly checkpoint: Uint8Array | null;
    }
  /** Records that the server has, raw-deflated; the game goes on after the last part. */
  | { readonly type: "history"; readonly data: Uint8Array; readonly last: boolean }
  | {
      readonly type: "input";
      readonly kind: number;
      readonly seq: number;
      readonly action: number;
      readonly x: number;
      readonly y: number;
    }
  | { readonly type: "command"; readonly name: string; readonly argument: string }
  | { readonly type: "snapshot" }
  /** Say what a page that is opened again needs, beyond the records, to go on with the others. */
  | { readonly type: "checkpoint" }
  /** What carries packets to another player's page from now on, beside what does already; null ends all. */
  | { readonly type: "peer"; readonly peer: number; readonly port: PeerPort | null }
  /** The same for a data channel that this browser does not hand over to workers: see `bridge.ts`. */
  | { readonly type: "bridge"; readonly peer: number; readonly port: MessagePort }
  /** Nobody plays: let Python examine the scene; see `mug_pyodide.in_browser.examining`. */
  | {
      readonly type: "examine";
      readonly scene: Uint8Array;
      readonly task: string;
      readonly records: Uint8Array;
    }
  | { readonly type: "ping"; readonly number: number };

const INPUTS = { held: 1, event: 2, pointer: 3 } as const;

/** Return how the worker hears of what the participant did. */
export function inputMessage({ kind, seq, action, x, y }: PlayerInput): ToWorker {
  return { type: "input", kind: INPUTS[kind], seq, action: action ?? -1, x: x ?? 0, y: y ?? 0 };
}

/** What the worker says to its page. */
export type FromWorker =
  | {
      readonly type: "progress";
      readonly stage: Stage;
      /** Bytes that have come over the network, and bytes there are in all. */
      readonly received: number;
      readonly total: number;
    }
  | {
      readonly type: "booted";
      readonly stages: readonly StageTiming[];
      /** Milliseconds that a step takes on this device, 0 if that is not known. */
      readonly stepMs: number;
    }
  | {
      readonly type: "boot_failed";
      readonly reason: string;
      readonly detail: string;
      /** Trying again may help. */
      readonly temporary: boolean;
    }
  /** The game is there; `resumed` says whether it stands where the snapshot was taken. */
  | { readonly type: "opened"; readonly resumed: boolean }
  /** Something happened: `text` is what Python returned, times are in milliseconds. */
  | {
      readonly type: "turn";
      readonly text: string;
      readonly stepMs: number | null;
      readonly crossingMs: number | null;
    }
  /** The game after so many records. */
  | { readonly type: "snapshot"; readonly records: number; readonly bytes: Uint8Array }
  /** What a page that is opened again needs beyond so many records. */
  | { readonly type: "checkpoint"; readonly records: number; readonly bytes: Uint8Array }
  | { readonly type: "pong"; readonly number: number }
  /** Python begins to wait for something from the server, or has it: nothing is said meanwhile. */
  | { readonly type: "fetching"; readonly begins: boolean }
  /** What came of an examination, as JSON. */
  | { readonly type: "examined"; readonly text: string }
  /** Python itself does not work any more. */
  | { readonly type: "crashed"; readonly reason: string; readonly detail: string };
