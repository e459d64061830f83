import type { GameHost, PlayerInput, RuntimeMessage } from "@mug/client";
import { beginningAlone, fitting } from "./beginning.js";
import { type Boot, BootFailure } from "./boot.js";
import { missingCapability } from "./capability.js";
import { Loader } from "./loader.js";
import { gatherMs } from "./gathering.js";
import { Group } from "./group.js";
import { type FromWorker, inputMessage } from "./messages.js";
import { Outbox } from "./outbox.js";
import { showFrame } from "./picture.js";
import { watchPage } from "./page_life.js";
import type { WorkerPort } from "./port.js";
import { type GameState, type Hello, ServerHalf } from "./server_half.js";
import { type GameShelf, joinsOn, type Snapshot, tellDiscarded } from "./shelf.js";
import type { BrowserServices } from "./services.js";
import { Steering } from "./steering.js";
import type { GameEvent, Turn } from "./turn.js";

const LOST_TEXT = "The connection was lost. The game waits for you and goes on when it is back.";

/** A game as this page plays it, from where the server has it on. */
export class Branch {
  readonly #host: GameHost;
  readonly #services: BrowserServices;
  readonly #again: () => void;
  readonly #server: ServerHalf;
  readonly #loader: Loader;
  readonly #unwatch: () => void;
  readonly #steering = new Steering((name, argument) =>
    this.#port?.post({ type: "command", name, argument }),
  );
  #port: WorkerPort | null = null;
  #shelf: GameShelf | null = null;
  #outbox: Outbox | null = null;
  /** What there is besides where other pages play the same game. */
  #group: Group | null = null;
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
    this.#unwatch = watchPage({
      hidden: () => this.#hidden(),
      leaving: () => [this.#outbox, this.#group].forEach((one) => one?.hurry()),
    });
    void this.#begin();
  }

  input(input: PlayerInput): void {
    this.#port?.post(inputMessage(input));
  }

  message(message: RuntimeMessage): void {
    if (message["type"] === "state") this.#follow(message as unknown as GameState);
    else if (message["type"] === "again") this.#stale();
    else this.#group?.message(message, this.#port);
  }

  /** A packet that another player's page sent through the server. */
  packet(bytes: Uint8Array): void {
    this.#group?.packet(bytes);
  }

  connection(there: boolean): void {
    this.#there = there;
    this.#broke ||= !there;
    this.#group?.connection(there);
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
    this.#group?.flush();
    setTimeout(() => this.#fallSilent(), 30_000); // the rest is sent until then
  }

  // --------------------------------------------------------------------------------- how it begins

  async #begin(): Promise<void> {
    this.#host.progress(0, "Loading the game…", "");
    const { kept, shelf } = await this.#services.shelf.open(this.#host.game);
    this.#shelf = shelf;
    let hello = await this.#greet();
    if (hello === null) return;
    const joins = hello.keeps !== false && joinsOn(kept, hello.generation, hello.next);
    if (!joins) {
      shelf.clear();
      tellDiscarded(kept.batches.flatMap(({ lines }) => lines).length);
    }
    const outbox = (this.#outbox = this.#makeOutbox(hello, shelf));
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
    const compared = this.#server.compareClocks();
    let boot = await this.#load(hello.open);
    await compared;
    if (this.#broke) {
      hello = await this.#greet();
      if (boot !== null && hello !== null && hello.open.scene_pack !== this.#scene!.scene_pack) {
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
      return await this.#loader.load(scene.scene_id, scene.scene_pack, !this.#begun);
    } catch (error) {
      if (!(error instanceof BootFailure)) throw error;
      await this.#unplayable(error.message, error.detail);
      return null;
    }
  }

  /** Bring the game to where its records end. */
  async #open(boot: Boot, hello: Hello, kept: Snapshot | null): Promise<void> {
    this.#state = hello;
    boot.port.listener = {
      message: (message) => this.#heard(message),
      died: (reason, detail) => void this.#failed(reason, detail),
    };
    this.#host.progress(null, "Almost there…", "");
    const group = (this.#group = await Group.join(this.#host, this.#server, this.#services, hello));
    const beginning = group === null ? beginningAlone(hello) : await group.beginning();
    if (beginning === null || this.#ended) {
      boot.port.terminate();
      return;
    }
    const port = (this.#port = boot.port);
    const { next, checkpoint } = beginning;
    const snapshot = fitting(kept, beginning);
    if (next !== this.#outbox!.next) tellDiscarded(this.#outbox!.beginAt(next));
    const opened = new Promise<boolean>((resolve) => (this.#opened = resolve));
    const setup = {
      ...hello.open,
      ...group?.setup,
      clock_offset_ms: this.#server.ahead,
      snapshot_records: snapshot?.records ?? null,
    };
    port.post({
      type: "open",
      setup: JSON.stringify(setup),
      next,
      snapshot: snapshot?.bytes ?? null,
      checkpoint,
    });
    group?.connect(port);
    const from = (await opened) ? (snapshot?.records ?? 0) : 0;
    for await (const part of this.#server.history(from, group === null && next === 0)) {
      port.post({ type: "history", ...part });
    }
    this.#steer();
  }

  #makeOutbox(hello: Hello, shelf: GameShelf): Outbox {
    const owner = this.#server.takesFrom(
      () => gatherMs(hello.open.peer, this.#state),
      (unackedRecords) => this.#host.report({ unackedRecords }),
      (reason) => {
        console.error("mug: the server does not take this game's records:", reason);
        void this.#failed("the server does not take the game's records", reason);
      },
    );
    return new Outbox(hello.next, shelf, owner);
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
    if (this.#group === null) this.#outbox?.acknowledge(hello.next);
    else this.#group.agreed(hello, this.#port);
    this.#outbox?.flush();
    if (this.#ready !== null) void this.#server.say({ type: "ready", resumed: this.#ready });
    this.#follow(hello);
  }

  /** The scene was changed on the server: what is played here is not what the study has any more. */
  async #renew(): Promise<void> {
    console.warn("mug: the scene was changed on the server; it is loaded again");
    this.#leave();
    await this.#drained();
    this.#fallSilent();
    if (!this.#left) this.#again();
  }

  /** Another page has taken the game over since: what was played here meanwhile does not count. */
  #stale(): void {
    this.#fallSilent();
    if (this.#left) return;
    this.#leave();
    tellDiscarded(this.#outbox?.unacknowledged ?? 0);
    this.#shelf?.clear();
    if (this.#there) this.#again();
  }

  #follow(state: GameState): void {
    this.#state = state;
    this.#steer();
  }

  /** Let the game in the worker do what the server wants; a page without a connection waits by itself. */
  #steer(): void {
    if (this.#port === null || this.#ended) return;
    const { stopped, taken } = this.#state;
    if (stopped === "over" || this.#group?.isTaken(taken) === true) this.#finish();
    else if (stopped !== null && this.#group !== null) void this.#sayFarewell();
    else this.#steering.follow(this.#state, this.#there);
  }

  // -------------------------------------------------------------------------------------- the worker

  #heard(message: FromWorker): void {
    switch (message.type) {
      case "opened":
        this.#opened(message.resumed);
        break;
      case "turn": {
        this.#turned(JSON.parse(message.text) as Turn);
        this.#host.report({ stepMs: message.stepMs, crossingMs: message.crossingMs });
        break;
      }
      case "snapshot":
        this.#outbox?.keep();
        this.#shelf?.keepSnapshot({ records: message.records, bytes: message.bytes });
        break;
      case "checkpoint":
        void this.#outbox?.drained().then(() => this.#group?.give(message));
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
    this.#group?.turned(turn);
    for (const event of turn.events) this.#happened(event);
  }

  #happened(event: GameEvent): void {
    switch (event[0]) {
      case "ready":
        this.#port!.patience = 10; // seconds, for one step
        this.#ready = event[1];
        this.#group?.ready();
        return void this.#server.say({ type: "ready", resumed: event[1] });
      case "over":
        return void this.#over();
      case "excluded":
        return this.#stale();
      case "failed":
        return void this.#failed(event[1], event[2]);
    }
    this.#group?.happened(event);
  }

  // ------------------------------------------------------------------------------------ how it ends

  /** Everything was played: let go of the game once the server has all of it. */
  async #over(): Promise<void> {
    this.#finish();
    await this.#drained();
    if (this.#outbox?.unacknowledged === 0) this.#shelf?.forget();
  }

  /** The server ends a game that several pages play: it only wants what they still have of it. */
  async #sayFarewell(): Promise<void> {
    await this.#over();
    await this.#server.say({ type: "stopped" });
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
    this.#group?.disconnect();
  }

  readonly #drained = () => Promise.all([this.#outbox?.drained(), this.#group?.drained()]);

  #fallSilent(): void {
    this.#outbox?.close();
    this.#group?.close();
    this.#server.close();
  }

  #leave(): void {
    this.#unwatch();
    this.#loader.stop();
    this.#end();
  }

  #hidden(): void {
    if (this.#ended) return;
    this.#port?.post({ type: "snapshot" });
    this.#outbox?.flush();
    this.#group?.flush();
  }
}
