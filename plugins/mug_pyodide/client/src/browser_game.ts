import type { GameHost, GameRuntime, PlayerInput, RuntimeMessage } from "@mug/client";
import { Branch } from "./branch.js";
import type { BrowserServices } from "./services.js";

/** A game whose environment is stepped in this browser, by Python in a worker. */
export class BrowserGame implements GameRuntime {
  readonly stepsHere = true;
  readonly #host: GameHost;
  readonly #services: BrowserServices;
  #branch: Branch;

  constructor(host: GameHost, services: BrowserServices) {
    this.#host = host;
    this.#services = services;
    this.#branch = this.#begin();
  }

  /** Pictures are made here: what comes is from other players' pages. */
  frame(bytes: Uint8Array): void {
    this.#branch.packet(bytes);
  }

  input(input: PlayerInput): void {
    this.#branch.input(input);
  }

  message(message: RuntimeMessage): void {
    this.#branch.message(message);
  }

  connection(there: boolean): void {
    this.#branch.connection(there);
  }

  stop(): void {
    this.#branch.stop();
  }

  /** Begin as a page does that was just opened; also when what was played here does not count any more. */
  #begin(): Branch {
    const branch: Branch = new Branch(this.#host, this.#services, () => {
      if (this.#branch === branch) this.#branch = this.#begin();
    });
    return branch;
  }
}
