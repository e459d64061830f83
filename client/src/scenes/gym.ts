import { Game, type GameOwner } from "../game/game.js";
import { type GamePage, readGamePage } from "../game/page.js";
import type { PeersFactory } from "../game/peers.js";
import type { RuntimeFactory, RuntimeMessage } from "../game/runtime.js";
import { h, show } from "../page/dom.js";
import type { ChannelOffer, GameView, LobbyView, ReadyCheck } from "../protocol.js";
import type { MountedScene, SceneContext } from "../scene.js";
import { Heading } from "./heading.js";
import { LobbyPanel } from "./lobby.js";

/** What the game's scene needs besides what every scene has. */
export interface GymServices {
  readonly base: URL;
  /** The runtime of this name, null if no module of the page offers it. */
  runtime(name: string): RuntimeFactory | null;
  /** The transport between pages of this name, null if no module of the page offers it. */
  peers(name: string): PeersFactory | null;
  sendFallback(bytes: Uint8Array): void;
  send(game: string, message: RuntimeMessage): Promise<RuntimeMessage | null>;
  /** Say how many records of a game the server does not have yet. */
  unsent(game: string, records: number): void;
  /** Say whether play does not depend on how far the server is. */
  stepsHere(here: boolean): void;
}

/** A scene with an environment: first its waiting room, then the game. */
export class GymScene implements MountedScene {
  readonly #context: SceneContext;
  readonly #services: GymServices;
  readonly #heading: Heading;
  readonly #lobby: LobbyPanel;
  readonly #waiting = h("div", { class: "game-waiting" });
  readonly #spinner = h("div", { class: "spinner", "aria-hidden": true });
  readonly #failure = h("p", { class: "page-error", role: "alert" });
  #game: Game | null = null;
  #showsProgress = false;

  constructor(context: SceneContext, services: GymServices) {
    this.#context = context;
    this.#services = services;
    this.#heading = new Heading(context.scene.page);
    this.#lobby = new LobbyPanel(context);
    const [header, subheader, body] = this.#heading.elements;
    for (const element of [header, subheader]) if (element) context.root.append(element);
    if (body) this.#waiting.append(body);
    this.#waiting.append(this.#spinner, this.#lobby.element);
    context.root.append(this.#waiting, this.#failure);
  }

  /** The game on this page, null before there is one. */
  get current(): Game | null {
    return this.#game;
  }

  lobby(view: LobbyView): void {
    show(this.#spinner, false);
    this.#lobby.update(view);
  }

  readyCheck(check: ReadyCheck): void {
    show(this.#spinner, false);
    this.#lobby.readyCheck(check);
  }

  game(view: GameView): void {
    if (view.page !== null) {
      const page = readGamePage(view.page, this.#services.base);
      if (this.#isShown(view, page)) this.#game?.addAssets(page.assets);
      else this.#open(view, page);
    }
    if (this.#game === null) return;
    this.#lobby.close();
    show(this.#spinner, view.state === "loading" && !this.#showsProgress);
    show(this.#waiting, view.state === "loading");
    this.#game.update(view);
  }

  resumed(): void {
    this.#game?.resumed();
  }

  connection(there: boolean): void {
    this.#game?.connection(there);
  }

  message(game: string, message: RuntimeMessage): void {
    if (this.#game?.id === game) this.#game.message(message);
  }

  channel(offer: ChannelOffer): void {
    this.#game?.offer(offer);
  }

  frame(bytes: Uint8Array): void {
    this.#game?.frame(bytes);
  }

  destroy(): void {
    this.#game?.destroy();
    this.#lobby.destroy();
    this.#heading.destroy();
  }

  /** Another runtime may take a game over before it began. */
  #isShown(view: GameView, page: GamePage): boolean {
    return this.#game?.id === view.game && this.#game.page.runtime === page.runtime;
  }

  #open(view: GameView, page: GamePage): void {
    this.#game?.destroy();
    this.#game = null;
    this.#showsProgress = false;
    const factory = this.#services.runtime(page.runtime);
    const peers = page.peers === null ? null : this.#services.peers(page.peers);
    if (factory === null || (page.peers !== null && peers === null)) {
      this.#failure.textContent =
        "This game cannot be shown: a part of the page is missing. Please tell the researchers.";
      const missing =
        factory === null ? `the runtime '${page.runtime}'` : `the transport '${page.peers}'`;
      console.error(`mug: no client module offers ${missing}`);
      return;
    }
    const owner: GameOwner = {
      base: this.#services.base,
      advance: () => this.#context.advance({}),
      announce: (text) => this.#context.announce(text),
      sendFallback: (bytes) => this.#services.sendFallback(bytes),
      send: (game, message) => this.#services.send(game, message),
      unsent: (game, records) => this.#services.unsent(game, records),
      showsProgress: () => {
        this.#showsProgress = true;
        show(this.#spinner, false);
      },
    };
    this.#game = new Game(view.game, page, factory, peers, owner);
    this.#services.stepsHere(this.#game.stepsHere);
    this.#context.root.append(this.#game.element);
  }
}
