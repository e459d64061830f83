import type { GameState } from "./server_half.js";

/** Lets the game in the worker do what the server wants, and says each thing once. */
export class Steering {
  readonly #command: (name: string, argument: string) => void;
  #started = false;
  #paused = false;
  #stopped = false;
  #away = "[]";
  readonly #taken = new Set<string>();

  constructor(command: (name: string, argument: string) => void) {
    this.#command = command;
  }

  /** @param there whether there is a connection: without one the game waits by itself */
  follow({ started, paused, stopped, away, taken }: GameState, there: boolean): void {
    for (const seat of (taken ?? []).map((one) => JSON.stringify(one))) {
      if (!this.#taken.has(seat)) this.#command("take_over", seat);
      this.#taken.add(seat);
    }
    const absent = JSON.stringify(away ?? []);
    if (absent !== this.#away) this.#command("away", absent);
    this.#away = absent;
    if (stopped !== null && !this.#stopped) {
      this.#stopped = true;
      this.#command("stop", stopped);
    }
    // a server that was restarted may not have started the game yet
    const waits = paused || !there || (this.#started && !started);
    if (waits !== this.#paused) {
      this.#paused = waits;
      this.#command(waits ? "pause" : "resume", "");
    }
    if (started && !this.#started) {
      this.#started = true;
      this.#command("start", "");
    }
  }
}
