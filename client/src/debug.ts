import type { Game } from "./game/game.js";
import { type DebugFigures, GameStats } from "./game/stats.js";

/** What `window.mug.debug()` returns: for tests, and for support. */
export interface DebugInfo extends DebugFigures {
  sceneId: string | null;
  gameId: string | null;
  seat: string | null;
  runtime: string | null;
  fps: number | null;
  rttMs: number | null;
  /** Milliseconds that drawing takes of each frame. */
  drawMs: number | null;
}

const NOTHING = new GameStats().figures;

/** Collect the figures of the page as it is now. */
export function debugInfo(
  sceneId: string | null,
  game: Game | null,
  rttMs: number | null,
): Readonly<DebugInfo> {
  return Object.freeze({
    ...(game?.stats.figures ?? NOTHING),
    sceneId,
    gameId: game?.id ?? null,
    seat: game?.page.seat ?? null,
    runtime: game?.page.runtime ?? null,
    fps: game?.stats.fps(performance.now()) ?? null,
    rttMs,
    drawMs: game?.drawMs ?? null,
  });
}
