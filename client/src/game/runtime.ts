import type { PlayerInput } from "../input/encode.js";
import type { GameView } from "../protocol.js";
import type { Delta } from "../render/commands.js";
import type { GamePage } from "./page.js";
import type { PeersFactory } from "./peers.js";
import type { DebugFigures } from "./stats.js";

/** What the two halves of a runtime say to each other; values are JSON or bytes. */
export type RuntimeMessage = Record<string, unknown>;

/** What a runtime may do with the page during one game. */
export interface GameHost {
  /** The game's id. */
  readonly game: string;
  readonly page: GamePage;
  /**
   * Change the picture; a full delta replaces it. What was shown in a wrong place may `glide` for so many
   * milliseconds to where it should be.
   */
  draw(delta: Delta, full: boolean, glide?: number): void;
  /** Show a line of text above the picture, "" for none. */
  hud(text: string): void;
  /** Send an input to the server the fastest way that stands. */
  sendInput(input: PlayerInput): void;
  /** Send a packet for other pages to the server the fastest way that stands. */
  sendPacket(bytes: Uint8Array): void;
  /** What connects this page to the other players' pages, null where the game needs nothing of the kind. */
  readonly peers: PeersFactory | null;
  /**
   * Say something to the runtime's half on the server. Null means that it was not taken, as far as is
   * known, and has to be said again: later, or when the connection is back.
   */
  send(message: RuntimeMessage): Promise<RuntimeMessage | null>;
  /** Say how far loading is, from 0 to 1 (null: nobody knows), what is being done, and a detail in figures. */
  progress(part: number | null, text: string, detail: string): void;
  /** Say why the game cannot be loaded, with a way to try again if there is one. */
  problem(text: string, retry: (() => void) | null): void;
  /** Let the participant wait, and say why, until the server says how the game goes on. */
  wait(text: string): void;
  /** Show that the game stands still for a moment, and why; null: it goes on. Nothing else changes. */
  stalled(text: string | null): void;
  /** Say that inputs up to this number have taken effect. */
  acknowledged(seq: number): void;
  /** A tick of the game has been shown: these are its figures. */
  tick(figures: Partial<DebugFigures> & { frame: number }): void;
  /** Take part in `window.mug.debug()` with figures that are not bound to ticks. */
  report(figures: Partial<DebugFigures>): void;
}

/** Where a game's environment is stepped, as the page sees it. One object per game. */
export interface GameRuntime {
  /** Whether the environment is stepped in this page: play does not depend on how far the server is. */
  readonly stepsHere?: boolean;
  /** A binary frame came from the server. */
  frame(bytes: Uint8Array): void;
  /** The participant acted. */
  input(input: PlayerInput): void;
  /** The game's state changed on the server. */
  state?(view: GameView): void;
  /** The runtime's half on the server says something. */
  message?(message: RuntimeMessage): void;
  /** The connection to the server was lost, or is back. */
  connection?(there: boolean): void;
  /** The game is over or the page leaves it; release everything. */
  stop(): void;
}

/** Makes the runtime of one game. */
export type RuntimeFactory = (host: GameHost) => GameRuntime;
