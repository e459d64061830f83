import type { GameView, LobbyView, ReadyCheck, SceneView } from "./protocol.js";

/** The answers of a scene, by field. */
export type Answers = Record<string, unknown>;

/** What a scene's view may do. */
export interface SceneContext {
  /** The scene as the server described it. */
  readonly scene: SceneView;
  /** The scene's element; it is on the page while the scene is shown. */
  readonly root: HTMLElement;
  /** Ask the server to leave the scene with these answers. It may refuse. */
  advance(answers: Answers): void;
  /** Save what has been typed so far. Not while the connection is away: save again in `resumed`. */
  draft(answers: Answers): void;
  /** Leave the waiting room. */
  leave(): void;
  /** Answer a readiness check. */
  ready(game: string): void;
  /** Let assistive technology say something. */
  announce(text: string): void;
}

/** A scene on the page. The methods are called when the server says so; `destroy` comes last. */
export interface MountedScene {
  lobby?(lobby: LobbyView): void;
  readyCheck?(check: ReadyCheck): void;
  game?(game: GameView): void;
  /** The scene was not left; `errors` maps fields, "" for the whole page, to sentences. */
  refused?(errors: Record<string, string>): void;
  /** The connection is back, and the server still shows this scene. */
  resumed?(): void;
  destroy(): void;
}

/** Puts a scene of one kind on the page. */
export type SceneFactory = (context: SceneContext) => MountedScene;

/** A text field of a scene's page, "" when it has none. */
export function pageText(page: Record<string, unknown>, field: string): string {
  const value = page[field];
  return typeof value === "string" ? value : "";
}
