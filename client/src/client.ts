import { debugInfo, type DebugInfo } from "./debug.js";
import type { PeersFactory } from "./game/peers.js";
import { type ProbeFactory, Probes } from "./game/probes.js";
import type { RuntimeFactory, RuntimeMessage } from "./game/runtime.js";
import { Connection, type ConnectionListener, type SocketLike } from "./net/connection.js";
import { isRecord } from "./net/messages.js";
import type { Session, SessionRefused } from "./net/session.js";
import { h } from "./page/dom.js";
import { messagePage, refusalPage } from "./page/message_page.js";
import type { Shell } from "./page/shell.js";
import type { Outbound, SceneView } from "./protocol.js";
import type { MountedScene, SceneContext, SceneFactory } from "./scene.js";
import { endScene } from "./scenes/end.js";
import { GymScene } from "./scenes/gym.js";
import { staticScene } from "./scenes/static.js";
import { waitScene } from "./scenes/wait.js";

const SETTLE_MS = 250;

/** A plugin's part of the page: the default export of its ES module. */
export interface ClientPlugin {
  readonly name: string;
  setup(client: Client): void;
}

/** Told what happens to the page, whatever it shows. */
export interface PageObserver {
  /** A scene is shown. */
  scene?(scene: SceneView): void;
  /** The connection to the server stands, or was lost. */
  connection?(there: boolean): void;
}

/** What the two halves of a plugin say to each other: JSON values by name. */
export type PluginWords = Record<string, unknown>;

interface Shown {
  readonly scene: SceneView;
  readonly mounted: MountedScene;
}

/**
 * The page: shows the scene that the server says, and tells the server what the participant does.
 * Plugins add kinds of scenes and runtimes; one name means one thing.
 */
export class Client implements ConnectionListener {
  /** The page's address: what a plugin loads is relative to it. */
  readonly base: URL;
  /** Tells participants who share this browser apart; "" for the one that the browser's cookie names. */
  readonly participant: string;
  readonly #shell: Shell;
  readonly #connection: Connection;
  readonly #scenes = new Map<string, SceneFactory>();
  readonly #runtimes = new Map<string, RuntimeFactory>();
  readonly #peers = new Map<string, PeersFactory>();
  readonly #probes = new Probes((group, message) => this.send(group, message));
  readonly #observers: PageObserver[] = [];
  readonly #listeners = new Map<string, (message: PluginWords) => void>();
  #shown: Shown | null = null;
  #gym: GymScene | null = null;
  /** Records that the server does not have yet, by what holds them. */
  readonly #unsent = new Map<string, number>();
  #settling: ReturnType<typeof setInterval> | undefined;
  #there = false;

  constructor(base: URL, shell: Shell, socket: SocketLike, session: Session) {
    this.base = base;
    this.participant = session.participant;
    this.#shell = shell;
    this.#connection = new Connection(socket, () => session.open(), this);
    this.scene("static", staticScene);
    this.scene("end", endScene);
    this.scene("wait", waitScene);
    this.scene("gym", (context) => this.#gymScene(context));
  }

  /** Register the view that shows scenes of a kind. */
  scene(kind: string, view: SceneFactory): void {
    if (this.#scenes.has(kind)) throw new Error(`two modules show scenes of kind '${kind}'`);
    this.#scenes.set(kind, view);
  }

  /** Register a runtime. */
  runtime(name: string, factory: RuntimeFactory): void {
    if (this.#runtimes.has(name)) throw new Error(`two modules offer the runtime '${name}'`);
    this.#runtimes.set(name, factory);
  }

  /** Register a transport between the pages of a game, and what measures how far they would be. */
  peers(name: string, factory: PeersFactory, probe?: ProbeFactory): void {
    if (this.#peers.has(name)) throw new Error(`two modules offer the transport '${name}'`);
    this.#peers.set(name, factory);
    if (probe !== undefined) this.#probes.offer(name, probe);
  }

  /** Tell this observer what happens to the page from now on. */
  observe(observer: PageObserver): void {
    this.#observers.push(observer);
  }

  /** Hear what the half on the server of the plugin with this name says. */
  listen(plugin: string, hear: (message: PluginWords) => void): void {
    if (this.#listeners.has(plugin)) throw new Error(`two modules listen to '${plugin}'`);
    this.#listeners.set(plugin, hear);
  }

  /** Say something to a plugin's half on the server; null means that it was not taken, as far as is known. */
  async tell(plugin: string, message: PluginWords): Promise<PluginWords | null> {
    const answer = await this.#connection.request("plugin", { plugin, message });
    return isRecord(answer) ? answer : null;
  }

  /**
   * Say something about a game to its runtime's half on the server, also when the game is not on the page.
   * Null means that it was not taken, as far as is known, and has to be said again.
   */
  async send(game: string, message: RuntimeMessage): Promise<RuntimeMessage | null> {
    const answer = await this.#connection.request("runtime", { game, message });
    return isRecord(answer) ? answer : null;
  }

  /**
   * Say how many records of a game, or of anything else by this name, the server does not have yet. An
   * ending gives its code when there are none left.
   */
  unsent(name: string, records: number): void {
    if (records > 0) this.#unsent.set(name, records);
    else this.#unsent.delete(name);
  }

  /** Connect with the ticket of a session that was just opened. */
  start(ticket: string): void {
    document.addEventListener("visibilitychange", () => this.#tellVisibility());
    this.#connection.start(ticket);
  }

  /** What `window.mug.debug()` returns. */
  debug(): Readonly<DebugInfo> {
    const sceneId = this.#shown?.scene.scene_id ?? null;
    return debugInfo(sceneId, this.#gym?.current ?? null, this.#connection.rttMs);
  }

  // ------------------------------------------------------------------- what the connection tells

  message<E extends keyof Outbound>(event: E, body: Outbound[E]): void {
    const handlers: { [K in keyof Outbound]: (body: Outbound[K]) => void } = {
      scene: (scene) => this.#showScene(scene),
      lobby: (lobby) => {
        if (lobby.visit === this.#shown?.scene.visit) this.#shown.mounted.lobby?.(lobby);
      },
      ready_check: (check) => this.#shown?.mounted.readyCheck?.(check),
      game: (game) => this.#shown?.mounted.game?.(game),
      channel: (offer) => this.#gym?.channel(offer),
      runtime: ({ game, message }) => {
        if (!this.#probes.message(game, message)) this.#gym?.message(game, message);
      },
      plugin: ({ plugin, message }) => this.#listeners.get(plugin)?.(message),
      notice: ({ level, text }) => this.#shell.notice(level, text),
      refused: ({ visit, errors }) => {
        if (visit === this.#shown?.scene.visit) this.#shown.mounted.refused?.(errors);
      },
      superseded: ({ text }) => this.#superseded(text),
      redirect: ({ url }) => this.#redirect(url),
    };
    handlers[event](body);
  }

  frame(bytes: Uint8Array): void {
    this.#gym?.frame(bytes);
  }

  connected(): void {
    this.#shell.connectionBack();
    this.#tellConnection(true);
    if (document.visibilityState === "hidden") this.#tellVisibility();
  }

  lost(): void {
    this.#shell.connectionLost();
    this.#tellConnection(false);
  }

  refused(error: SessionRefused): void {
    const announce = (text: string): void => this.#shell.announce(text);
    this.#leaveWith(refusalPage(error.refusal, announce));
  }

  outdated(): void {
    const text = "The study has been updated since you opened it. Nothing you did is lost.";
    const reload = { label: "Reload", run: () => location.reload() };
    this.#leaveWith(messagePage("Please reload this page", text, reload));
  }

  // ---------------------------------------------------------------------------------------- scenes

  #showScene(scene: SceneView): void {
    if (this.#shown !== null && isSame(this.#shown.scene, scene)) {
      this.#shown.mounted.resumed?.();
      this.#settle(scene);
      return;
    }
    this.#destroyScene();
    const root = h("section", {
      class: `scene scene-${scene.kind}`,
      "data-scene-id": scene.scene_id,
    });
    const factory = this.#scenes.get(scene.kind) ?? unknownScene;
    const mounted = factory(this.#context(scene, root));
    this.#shown = { scene, mounted };
    this.#shell.mount(root);
    this.#shell.progress(scene.progress);
    for (const observer of this.#observers) observer.scene?.(scene);
    this.#settle(scene);
  }

  /** At an ending, tell the server when it has everything. */
  #settle({ kind, visit }: SceneView): void {
    clearInterval(this.#settling);
    if (kind !== "end") return;
    const look = (): void => {
      if (this.#unsent.size > 0) return;
      clearInterval(this.#settling);
      this.#connection.send("settled", { visit });
    };
    this.#settling = setInterval(look, SETTLE_MS);
    look();
  }

  #context(scene: SceneView, root: HTMLElement): SceneContext {
    const { visit } = scene;
    return {
      scene,
      root,
      advance: (answers) => this.#connection.send("advance", { visit, answers }),
      // of many that waited for the connection the server would take the first ones, not the newest
      draft: (answers) => this.#connection.sendNow("draft", { visit, answers }),
      leave: () => this.#connection.send("leave", { visit }),
      ready: (game) => this.#connection.send("ready", { game }),
      announce: (text) => this.#shell.announce(text),
    };
  }

  #gymScene(context: SceneContext): MountedScene {
    this.#gym = new GymScene(context, {
      base: this.base,
      runtime: (name) => this.#runtimes.get(name) ?? null,
      peers: (name) => this.#peers.get(name) ?? null,
      sendFallback: (bytes) => this.#connection.sendInput(bytes),
      send: (game, message) => this.send(game, message),
      unsent: (game, records) => this.unsent(game, records),
      stepsHere: (here) => this.#connection.measureSeldom(here),
    });
    return this.#gym;
  }

  #destroyScene(): void {
    clearInterval(this.#settling);
    this.#probes.stop();
    this.#shown?.mounted.destroy();
    this.#connection.measureSeldom(false);
    this.#shown = null;
    this.#gym = null;
  }

  // --------------------------------------------------------------------------------------- leaving

  #superseded(text: string): void {
    const back = { label: "Continue here", run: () => location.reload() };
    this.#leaveWith(messagePage("Open in another tab", text, back));
  }

  #redirect(url: string): void {
    this.#connection.close();
    location.assign(url);
  }

  #leaveWith(page: HTMLElement): void {
    this.#connection.close();
    this.#destroyScene();
    this.#shell.connectionBack();
    this.#shell.progress(null);
    this.#shell.mount(page);
  }

  #tellConnection(there: boolean): void {
    if (there === this.#there) return;
    this.#there = there;
    this.#gym?.connection(there);
    for (const observer of this.#observers) observer.connection?.(there);
  }

  #tellVisibility(): void {
    this.#connection.sendNow("visibility", { visible: document.visibilityState === "visible" });
  }
}

/** Whether the server shows again what is on the page: everything typed since then must stay. */
function isSame(shown: SceneView, next: SceneView): boolean {
  return (
    shown.visit === next.visit &&
    shown.scene_id === next.scene_id &&
    shown.kind === next.kind &&
    JSON.stringify(shown.page) === JSON.stringify(next.page)
  );
}

function unknownScene(context: SceneContext): MountedScene {
  console.error(`mug: no client module shows scenes of kind '${context.scene.kind}'`);
  context.root.append(
    h("h1", {}, "This page cannot be shown"),
    h("p", {}, "A part of it is missing. Please tell the researchers."),
  );
  return { destroy: () => {} };
}
