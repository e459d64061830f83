import type { GameHost, PlayerInput, RuntimeMessage } from "@mug/client";
import { type Boot, BootFailure } from "./boot.js";
import { missingCapability } from "./capability.js";
import { Loader } from "./loader.js";
import type { FromWorker } from "./messages.js";
import { Outbox } from "./outbox.js";
import { showFrame } from "./picture.js";
import type { WorkerPort } from "./port.js";
import { type GameState, type Hello, ServerHalf } from "./server_half.js";
import { type GameShelf, joinsOn, type Shelf, type Snapshot, tellDiscarded } from "./shelf.js";
import type { Standby } from "./standby.js";
import { Steering } from "./steering.js";
import type { GameEvent, Turn } from "./turn.js";

const KINDS = { held: 1, event: 2, pointer: 3 } as const;
/** How long one step may take. */
const PATIENCE_SECONDS = 10;
const CLOCK_QUESTIONS = 2;
/** How long the rest of a game's records is sent after its page was left. */
const FAREWELL_MS = 30_000;
const LOST_TEXT = "The connection was lost. The game waits for you and goes on when it is back.";

/** What every game in this browser shares. */
export interface BrowserServices {
  readonly standby: Standby;
  readonly shelf: Shelf;
}

/** A game as this page plays it, from where the server has it on. */
export class Branch {
  readonly #host: GameHost;
  readonly #services: BrowserServices;
  readonly #again: () => void;
  readonly #server: ServerHalf;
  readonly #loader: Loader;
  readonly #steering = new Steering((name, argument) =>
    this.#port?.post({ type: "command", name, argument }),
  );
  #port: WorkerPort | null = null;
  #shelf: GameShelf | null = null;
  #outbox: Outbox | null = null;
  #scene: Hello["open"] | null = null;
  #state: GameState = { started: false, paused: false, stopped: null };
  #opened: (resumed: boolean) => void = () => {};
  #ready: number | null = null;
  #there = true;
  /** The game has records: nothing else can play it any more. */
  #begun = false;
  /** The connection was lost since the server was asked how the game stands. */
  #broke = false;
  #ended = false;
  /** The page shows the game no more. */
  #left = false;

  /** @param again begins with another branch in the place of this one */
  constructor(host: GameHost, services: BrowserServices, again: () => void) {
    this.#host = host;
    this.#services = services;
    this.#again = again;
    this.#server = new ServerHalf(
      (message) => host.send(message),
      () => this.#stale(),
    );
    this.#loader = new Loader(host, services.standby);
    document.addEventListener("visibilitychange", this.#hidden);
    window.addEventListener("pagehide", this.#leaving);
    void this.#begin();
  }

  input({ kind, seq, action, x, y }: PlayerInput): void {
    this.#port?.post({
      type: "input",
      kind: KINDS[kind],
      seq,
      action: action ?? -1,
      x: x ?? 0,
      y: y ?? 0,
    });
  }

  message(message: RuntimeMessage): void {
    if (message["type"] === "state") this.#follow(message as unknown as GameState);
  }

  connection(there: boolean): void {
    this.#there = there;
    this.#broke ||= !there;
    if (!there) {
      if (this.#port !== null && !this.#ended) {
        this.#steer();
        this.#host.wait(LOST_TEXT);
      }
      return;
    }
    this.#server.awake();
    void this.#agree();
  }

  stop(): void {
    this.#left = true;
    this.#leave();
    this.#outbox?.flush();
    setTimeout(() => {
      this.#outbox?.close();
      this.#server.close();
    }, FAREWELL_MS);
  }

  // --------------------------------------------------------------------------------- how it begins

  async #begin(): Promise<void> {
    this.#host.progress(0, "Loading the game…", "");
    const { kept, shelf } = await this.#services.shelf.open(this.#host.game);
    this.#shelf = shelf;
    let hello = await this.#greet();
    if (hello === null) return;
    const joins = joinsOn(kept, hello.generation, hello.next);
    if (!joins) {
      shelf.clear();
      tellDiscarded(kept.batches.flatMap(({ lines }) => lines).length);
    }
    const outbox = (this.#outbox = this.#makeOutbox(hello.next, shelf));
    const complete = joins && outbox.adopt(kept.batches);
    if (outbox.next > hello.next) {
      await outbox.drained();
      hello = await this.#greet();
    }
    if (hello === null || this.#ended) return;
    if (hello.over) {
      shelf.forget();
      this.#end();
      return;
    }
    this.#begun = hello.next > 0;
    const missing = missingCapability();
    if (missing !== null) {
      await this.#unplayable(`this browser has no ${missing}`, "");
      return;
    }
    this.#broke = false;
    const compared = this.#compareClocks();
    let boot = await this.#load(hello.open);
    await compared;
    if (this.#broke) {
      const pack = hello.open.scene_pack;
      hello = await this.#greet();
      if (boot !== null && hello !== null && hello.open.scene_pack !== pack) {
        boot.port.terminate();
        boot = await this.#load(hello.open);
      }
    }
    if (boot !== null && hello !== null) {
      await this.#open(boot, hello, complete ? kept.snapshot : null);
    }
  }

  /** Say that this page begins to play. */
  async #greet(): Promise<Hello | null> {
    const hello = await this.#server.hello(false);
    if (hello !== null) this.#shelf?.belongs(hello.generation);
    return hello;
  }

  async #load(scene: Hello["open"]): Promise<Boot | null> {
    this.#scene = scene;
    try {
      const boot = await this.#loader.load(scene.scene_id, scene.scene_pack);
      if (boot === null || !this.#isTooSlow(boot.stepMs)) return boot;
      boot.port.terminate();
      await this.#unplayable(`a step takes ${Math.round(boot.stepMs)} ms on this device`, "");
      return null;
    } catch (error) {
      if (!(error instanceof BootFailure)) throw error;
      await this.#unplayable(error.message, error.detail);
      return null;
    }
  }

  /** The first answer came while the page was busy; the next ones tell better how the clocks differ. */
  async #compareClocks(): Promise<void> {
    for (let count = 0; count < CLOCK_QUESTIONS; count++) await this.#server.hello(true);
  }

  /** Whether something else can play the game at a pace that this device cannot keep. */
  #isTooSlow(stepMs: number): boolean {
    const { fps, raw } = this.#host.page;
    return !this.#begun && raw["canFallBack"] === true && stepMs > 1000 / fps;
  }

  /** Bring the game to where its records end. */
  async #open(boot: Boot, hello: Hello, kept: Snapshot | null): Promise<void> {
    if (this.#ended) {
      boot.port.terminate();
      return;
    }
    const port = (this.#port = boot.port);
    this.#state = hello;
    port.listener = {
      message: (message) => this.#heard(message),
      died: (reason, detail) => void this.#failed(reason, detail),
    };
    this.#host.progress(null, "Almost there…", "");
    const fits = kept !== null && hello.snapshots && kept.records <= hello.next;
    const snapshot = fits ? kept : null;
    const opened = new Promise<boolean>((resolve) => (this.#opened = resolve));
    const setup = {
      ...hello.open,
      clock_offset_ms: this.#server.ahead,
      snapshot_records: snapshot?.records ?? null,
    };
    port.post({
      type: "open",
      setup: JSON.stringify(setup),
      next: hello.next,
      snapshot: snapshot?.bytes ?? null,
    });
    const from = (await opened) ? (snapshot?.records ?? 0) : 0;
    for await (const part of this.#server.history(from)) {
      port.post({ type: "history", ...part });
    }
    this.#steer();
  }

  #makeOutbox(next: number, shelf: GameShelf): Outbox {
    return new Outbox(next, shelf, {
      say: (message) => this.#server.say(message),
      try: (message) => this.#server.try(message),
      pause: () => this.#server.pause(),
      changed: (unackedRecords) => this.#host.report({ unackedRecords }),
      refused: (reason) => {
        console.error("mug: the server does not take this game's records:", reason);
        void this.#failed("the server does not take the game's records", reason);
      },
    });
  }

  // -------------------------------------------------------------------------------- the server's half

  /** After a break: say what is played here, and hear how it stands. */
  async #agree(): Promise<void> {
    if (this.#port === null || this.#ended) return;
    const hello = await this.#server.hello(true);
    if (hello === null || this.#ended) return;
    if (hello.over) {
      this.#finish();
      return;
    }
    if (hello.open.scene_pack !== this.#scene?.scene_pack) {
      await this.#renew();
      return;
    }
    this.#outbox?.acknowledge(hello.next);
    this.#outbox?.flush();
    if (this.#ready !== null) void this.#server.say({ type: "ready", resumed: this.#ready });
    this.#follow(hello);
  }

  /** The scene was changed on the server: what is played here is not what the study has any more. */
  async #renew(): Promise<void> {
    console.warn("mug: the scene was changed on the server; it is loaded again");
    this.#leave();
    await this.#outbox?.drained();
    if (!this.#left) this.#again();
  }

  /** Another page has taken the game over since: what was played here meanwhile does not count. */
  #stale(): void {
    this.#outbox?.close();
    if (this.#left) return;
    this.#leave();
    tellDiscarded(this.#outbox?.unacknowledged ?? 0);
    this.#shelf?.clear();
    if (this.#there) this.#again();
  }

  #follow({ started, paused, stopped }: GameState): void {
    this.#state = { started, paused, stopped };
    this.#steer();
  }

  /** Let the game in the worker do what the server wants; a page without a connection waits by itself. */
  #steer(): void {
    if (this.#port === null || this.#ended) return;
    if (this.#state.stopped === "over") {
      this.#finish();
      return;
    }
    this.#steering.follow(this.#state, this.#there);
  }

  // -------------------------------------------------------------------------------------- the worker

  #heard(message: FromWorker): void {
    switch (message.type) {
      case "opened":
        this.#opened(message.resumed);
        break;
      case "turn": {
        const { stepMs, crossingMs } = message;
        this.#turned(JSON.parse(message.text) as Turn);
        this.#host.report({ stepMs, crossingMs });
        break;
      }
      case "snapshot":
        this.#outbox?.keep();
        this.#shelf?.keepSnapshot({ records: message.records, bytes: message.bytes });
        break;
      case "crashed":
        void this.#failed(message.reason, message.detail);
    }
  }

  #turned(turn: Turn): void {
    // A game that fails before anything is recorded may be played elsewhere: its end must not be recorded.
    const unplayed = this.#outbox?.next === 0 && turn.events.some(([kind]) => kind === "failed");
    if (turn.records.length > 0 && !unplayed) {
      // Whatever is not a step changes how the game stands, and the server waits for it.
      const urgent = turn.records.some((line) => !line.includes('"kind":"step"'));
      this.#outbox?.add(turn.records, urgent);
    }
    if (turn.frame) showFrame(turn.frame, this.#host);
    for (const event of turn.events) this.#happened(event);
  }

  #happened(event: GameEvent): void {
    switch (event[0]) {
      case "ready":
        this.#port!.patience = PATIENCE_SECONDS;
        this.#ready = event[1];
        void this.#server.say({ type: "ready", resumed: event[1] });
        break;
      case "over":
        void this.#over();
        break;
      case "failed":
        void this.#failed(event[1], event[2]);
    }
  }

  // ------------------------------------------------------------------------------------ how it ends

  /** Everything was played: let go of the game once the server has all of it. */
  async #over(): Promise<void> {
    this.#finish();
    await this.#outbox?.drained();
    if (this.#outbox?.unacknowledged === 0) this.#shelf?.forget();
  }

  async #failed(reason: string, detail: string): Promise<void> {
    if (this.#ended) return;
    console.error("mug: the game failed:", reason, detail);
    this.#finish();
    this.#outbox?.flush();
    await this.#server.say({ type: "failed", reason, detail });
    await this.#over();
  }

  /** The game cannot be played in this browser. */
  async #unplayable(reason: string, detail: string): Promise<void> {
    if (this.#begun) {
      await this.#failed(reason, detail);
      return;
    }
    this.#end();
    await this.#server.say({ type: "unplayable", reason, detail });
  }

  /** The game is over: play no more, and make the next game's worker ready. */
  #finish(): void {
    if (this.#ended) return;
    this.#end();
    if (this.#scene !== null) void this.#services.standby.beginAfter(this.#scene.scene_id);
  }

  /** Play no more; what is recorded is still sent. */
  #end(): void {
    this.#ended = true;
    this.#port?.terminate();
    this.#port = null;
  }

  #leave(): void {
    document.removeEventListener("visibilitychange", this.#hidden);
    window.removeEventListener("pagehide", this.#leaving);
    this.#loader.stop();
    this.#end();
  }

  // ------------------------------------------------------------------------------- the page is hidden

  readonly #hidden = (): void => {
    if (document.visibilityState !== "hidden" || this.#ended) return;
    this.#port?.post({ type: "snapshot" });
    this.#outbox?.flush();
  };

  readonly #leaving = (): void => this.#outbox?.hurry();
}
