import { Actions } from "../input/actions.js";
import { encodeInput, type PlayerInput } from "../input/encode.js";
import { Keyboard } from "../input/keyboard.js";
import { Pointer } from "../input/pointer.js";
import { TouchButtons, wantsTouchButtons } from "../input/touch.js";
import { h, setText, show } from "../page/dom.js";
import { RichBlock } from "../page/rich_text.js";
import type { ChannelOffer, GameView } from "../protocol.js";
import { AssetLoader } from "../render/assets.js";
import { Renderer } from "../render/renderer.js";
import { FrameChannel } from "./channel.js";
import { CONTROLS_BESIDE, fitCanvas, watchScreen } from "./fit.js";
import { LoadingBar } from "./loading_bar.js";
import { Overlay } from "./overlay.js";
import type { AssetSpec, GamePage } from "./page.js";
import type { PeersFactory } from "./peers.js";
import { ProblemNote } from "./problem_note.js";
import type { GameRuntime, RuntimeFactory, RuntimeMessage } from "./runtime.js";
import { GameStats } from "./stats.js";

/** A channel often breaks together with the whole connection, and then nobody would hear us. */
const BREAK_GRACE_MS = 300;

/** Somebody who still hammers on a key must not press the button that appears with it. */
const CALM_MS = 1000;

/** States in which the participant plays, or is about to. */
const RUNNING = new Set(["countdown", "playing", "between"]);

/** What a game needs from the page around it. */
export interface GameOwner {
  readonly base: URL;
  advance(): void;
  announce(text: string): void;
  sendFallback(bytes: Uint8Array): void;
  /** Say something to the runtime's half on the server; null when it was not taken. */
  send(game: string, message: RuntimeMessage): Promise<RuntimeMessage | null>;
  /** The game shows by itself how it is being loaded. */
  showsProgress(): void;
  /** So many of the game's records are not with the server yet. */
  unsent(game: string, records: number): void;
}

/** One game on the page: the stage with canvas and controls, the runtime, and the way of its frames. */
export class Game {
  readonly element: HTMLElement;
  readonly stats = new GameStats();
  readonly id: string;
  readonly page: GamePage;
  readonly #owner: GameOwner;
  readonly #canvas: HTMLCanvasElement;
  readonly #hud = h("p", { class: "hud", "data-testid": "hud" });
  readonly #box: HTMLElement;
  readonly #overlay: Overlay;
  readonly #pictures: LoadingBar;
  readonly #loading: LoadingBar;
  readonly #problem = new ProblemNote();
  readonly #inGameBody: RichBlock;
  readonly #assets: AssetLoader;
  readonly #renderer: Renderer;
  readonly #actions: Actions;
  readonly #keyboard: Keyboard;
  readonly #pointer: Pointer;
  readonly #touch: TouchButtons | null;
  readonly #channel: FrameChannel;
  readonly #runtime: GameRuntime;
  readonly #unwatch: () => void;
  #state = "";
  #repeatTimer: ReturnType<typeof setTimeout> | undefined;
  #focusTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    id: string,
    page: GamePage,
    makeRuntime: RuntimeFactory,
    peers: PeersFactory | null,
    owner: GameOwner,
  ) {
    this.id = id;
    this.page = page;
    this.#owner = owner;
    this.#assets = new AssetLoader(page.assets, () => this.#assetsChanged());
    this.#canvas = h("canvas", {
      "data-testid": "game-canvas",
      tabindex: 0,
      role: "application",
      "aria-label": page.header === "" ? "Game" : page.header,
    });
    this.#renderer = new Renderer(this.#canvas, page, page.background, this.#assets.loaded);
    this.#overlay = new Overlay(() => owner.advance());
    const announce = (text: string): void => owner.announce(text);
    this.#pictures = new LoadingBar("Loading pictures…", announce);
    this.#loading = new LoadingBar("Loading the game…", announce);
    this.#loading.hide();
    this.#box = h("div", { class: "canvas-box" }, this.#canvas, this.#overlay.element);
    this.#actions = new Actions(page.bindings, page.inputMode, (input) =>
      this.#runtime.input(input),
    );
    this.#keyboard = new Keyboard(this.#actions);
    this.#pointer = new Pointer(this.#canvas, page.pointer, this.#actions, (x, y) =>
      this.#renderer.toSurface(x, y),
    );
    const buttons = page.buttons.length > 0 && wantsTouchButtons(page.touchControls);
    this.#touch = buttons ? new TouchButtons(page.buttons, this.#actions) : null;
    this.#inGameBody = new RichBlock(page.inGameBody, "in-game-body");
    this.element = h(
      "div",
      { class: "stage" },
      this.#pictures.element,
      this.#loading.element,
      this.#problem.element,
      this.#hud,
      this.#box,
      this.#touch?.element ?? null,
      this.#inGameBody.element,
    );
    show(this.#hud, false);
    this.#channel = new FrameChannel(owner.base, {
      sendFallback: (bytes) => owner.sendFallback(bytes),
      frame: (bytes) => this.frame(bytes),
      switched: (transport) => this.#switched(transport),
    });
    this.#runtime = makeRuntime({
      game: id,
      page,
      draw: (delta, full, glide) => this.#renderer.apply(delta, full, glide),
      hud: (text) => this.#showHud(text),
      peers,
      sendInput: (input: PlayerInput) => this.#channel.send(encodeInput(input)),
      sendPacket: (bytes) => this.#channel.send(bytes),
      send: (message) => owner.send(id, message),
      progress: (part, text, detail) => this.#showProgress(part, text, detail),
      problem: (text, retry) => this.#showProblem(text, retry),
      wait: (text) => this.#wait(text),
      stalled: (text) => this.#stalled(text),
      acknowledged: (seq) => this.#actions.acknowledged(seq),
      tick: (figures) => this.stats.tick(figures, performance.now()),
      report: (figures) => {
        this.stats.report(figures);
        if (typeof figures.unackedRecords === "number") owner.unsent(id, figures.unackedRecords);
      },
    });
    this.stats.report({ transport: "socketio" });
    this.#unwatch = watchScreen((ratio) => this.#fit(ratio));
    this.#pictures.progress(this.#assets.progress);
    void this.#assets.load();
  }

  /** Follow the game's state. */
  update(view: GameView): void {
    const changed = view.state !== this.#state;
    this.#state = view.state;
    const playing = view.state === "playing";
    this.element.dataset["state"] = view.state;
    this.#showStage(view.state !== "loading");
    this.#overlay.update(view);
    this.#runtime.state?.(view);
    this.#listen(playing);
    if (!changed) return;
    if (view.state !== "loading") this.#loaded();
    if (view.text !== "") this.#owner.announce(view.text);
    if (view.state === "countdown" || playing) this.#begin();
    if (view.state === "over" || view.state === "failed") {
      this.#focusTimer = setTimeout(() => this.#overlay.focus(), CALM_MS);
      this.#channel.close();
    }
  }

  /** The page was described again: load what the game is drawn with by now. */
  addAssets(specs: readonly AssetSpec[]): void {
    void this.#assets.add(specs);
  }

  /** The runtime's half on the server says something. */
  message(message: RuntimeMessage): void {
    this.#runtime.message?.(message);
  }

  /** The control connection was lost, or is back. */
  connection(there: boolean): void {
    this.#runtime.connection?.(there);
  }

  /** Whether the environment is stepped in this page. */
  get stepsHere(): boolean {
    return this.#runtime.stepsHere ?? false;
  }

  /** Milliseconds that drawing takes of each frame, null before the first. */
  get drawMs(): number | null {
    return this.#renderer.drawMs;
  }

  /** A frame that came over the control connection or the channel. */
  frame(bytes: Uint8Array): void {
    this.#runtime.frame(bytes);
  }

  /** The server offers a channel for frames. */
  offer(offer: ChannelOffer): void {
    this.#channel.offer(offer);
  }

  /** The control connection is back. */
  resumed(): void {
    this.#overlay.enable();
    this.#actions.repeat();
  }

  destroy(): void {
    clearTimeout(this.#repeatTimer);
    clearTimeout(this.#focusTimer);
    this.#unwatch();
    this.#runtime.stop();
    this.#channel.close();
    this.#keyboard.destroy();
    this.#pointer.destroy();
    this.#overlay.destroy();
    this.#pictures.destroy();
    this.#loading.destroy();
    this.#assets.stop();
    this.#renderer.stop();
    this.#inGameBody.destroy();
    this.element.remove();
  }

  /** Before the environment stands there is nothing to see but the progress of loading. */
  #showStage(visible: boolean): void {
    show(this.#box, visible);
    show(this.#hud, visible && this.#hud.textContent !== "");
    show(this.#inGameBody.element, visible && this.page.inGameBody.trim() !== "");
    if (this.#touch !== null) show(this.#touch.element, visible);
  }

  #showProgress(part: number | null, text: string, detail: string): void {
    this.#owner.showsProgress();
    this.#problem.hide();
    this.#loading.progress(part, text, detail);
  }

  #showProblem(text: string, retry: (() => void) | null): void {
    this.#owner.showsProgress();
    this.#loading.hide();
    const again = (): void => {
      this.#loading.focus();
      retry?.();
    };
    this.#problem.show(text, retry && again);
  }

  #loaded(): void {
    this.#loading.hide();
    this.#problem.hide();
  }

  #wait(text: string): void {
    if (!RUNNING.has(this.#state)) return;
    this.#state = this.element.dataset["state"] = "paused";
    this.#listen(false);
    this.#overlay.wait(text);
    this.#owner.announce(text);
  }

  #stalled(text: string | null): void {
    if (text === null) this.#overlay.resume();
    else if (this.#state === "playing") this.#overlay.stall(text);
  }

  #listen(playing: boolean): void {
    this.#keyboard.capturing = playing;
    this.#actions.play(playing);
  }

  #begin(): void {
    const active = document.activeElement;
    const typing =
      active instanceof HTMLElement && active.closest("input, textarea, dialog") !== null;
    if (!typing && !this.element.contains(active)) this.#canvas.focus({ preventScroll: true });
    this.#fit(window.devicePixelRatio || 1);
    this.#box.scrollIntoView({ block: "nearest" });
  }

  #switched(transport: "websocket" | "socketio"): void {
    this.stats.report({ transport });
    clearTimeout(this.#repeatTimer);
    const grace = transport === "websocket" ? 0 : BREAK_GRACE_MS;
    this.#repeatTimer = setTimeout(() => this.#actions.repeat(), grace);
  }

  #assetsChanged(): void {
    this.#pictures.progress(this.#assets.progress);
    this.#renderer.invalidate();
  }

  #showHud(text: string): void {
    const appears = (text === "") !== (this.#hud.textContent === "");
    setText(this.#hud, text);
    if (!appears) return;
    show(this.#hud, text !== "" && !this.#box.hidden);
    this.#fit(window.devicePixelRatio || 1);
  }

  #fit(ratio: number): void {
    const controls = this.#touch?.element;
    const beside = controls !== undefined && matchMedia(CONTROLS_BESIDE).matches;
    const room = {
      width: (this.element.clientWidth || window.innerWidth) - (beside ? controls.offsetWidth : 0),
      height: window.innerHeight,
    };
    const above = this.#hud.hidden ? 0 : this.#hud.offsetHeight;
    const below = beside ? 0 : (controls?.offsetHeight ?? 0);
    const size = fitCanvas(this.page, room, above, below);
    this.#canvas.style.width = `${size.width}px`;
    this.#canvas.style.height = `${size.height}px`;
    this.#renderer.resize(size.width, size.height, ratio);
  }
}
