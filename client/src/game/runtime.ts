import type { PlayerInput } from "../input/encode.js";
import type { GameView } from "../protocol.js";
import type { Delta } from "../render/commands.js";
import type { GamePage } from "./page.js";
import type { DebugFigures } from "./stats.js";

/** What a runtime may do with the page during one game. */
export interface GameHost {
  /** The game's id. */
  readonly game: string;
  readonly page: GamePage;
  /** Change the picture; a full delta replaces it. */
  draw(delta: Delta, full: boolean): void;
  /** Show a line of text above the picture, "" for none. */
  hud(text: string): void;
  /** Send an input to the server the fastest way that stands. */
  sendInput(input: PlayerInput): void;
  /** Say that inputs up to this number have taken effect. */
  acknowledged(seq: number): void;
  /** A tick of the game has been shown: these are its figures. */
  tick(figures: Partial<DebugFigures> & { frame: number }): void;
  /** Take part in `window.mug.debug()` with figures that are not bound to ticks. */
  report(figures: Partial<DebugFigures>): void;
}

/** Where a game's environment is stepped, as the page sees it. One object per game. */
export interface GameRuntime {
  /** A binary frame came from the server. */
  frame(bytes: Uint8Array): void;
  /** The participant acted. */
  input(input: PlayerInput): void;
  /** The game's state changed on the server. */
  state?(view: GameView): void;
  /** The game is over or the page leaves it; release everything. */
  stop(): void;
}

/** Makes the runtime of one game. */
export type RuntimeFactory = (host: GameHost) => GameRuntime;
