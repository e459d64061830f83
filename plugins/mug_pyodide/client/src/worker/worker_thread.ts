import type { RuntimeFiles, SceneFiles } from "../manifest.js";
import type { FromWorker, Stage, ToWorker } from "../messages.js";
import { useCompiled } from "./compiling.js";
import type { Courier } from "./courier.js";
import { Downloads } from "./downloads.js";
import { examine } from "./examination.js";
import { type BootSurroundings, Interpreter } from "./interpreter.js";
import type { Player } from "./python.js";
import { described, Session } from "./session.js";
import { Stopwatch } from "./stopwatch.js";

const REPORT_EVERY_MS = 100;

/** What differs between a worker and a test. */
export interface WorkerSurroundings {
  post(message: FromWorker): void;
  importModule(url: string): Promise<unknown>;
  /** Return somebody who fetches while this thread is busy, null where there is nobody. */
  hireCourier(): Courier | null;
}

/** The worker: boots Python for a scene, then plays one game in it. */
export class WorkerThread {
  readonly #around: WorkerSurroundings;
  #interpreter: Interpreter | null = null;
  #player: Player | null = null;
  #session: Session | null = null;
  #booting: Promise<void> = Promise.resolve();

  constructor(around: WorkerSurroundings) {
    this.#around = around;
  }

  /** Do what the page says. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "ping":
        this.#around.post({ type: "pong", number: message.number });
        break;
      case "boot":
        this.#booting = this.#booting.then(() =>
          this.#boot(message.runtime, message.scene, message.fresh),
        );
        break;
      case "examine":
        void this.#examine(message);
        break;
      case "open":
        this.#session = this.#begin();
        this.#session?.receive(message);
        break;
      default:
        this.#session?.receive(message);
    }
  }

  async #boot(runtime: RuntimeFiles, scene: SceneFiles, fresh: boolean): Promise<void> {
    const progress = new Progress(this.#around.post);
    const downloads = new Downloads(
      fresh,
      (received, total) => progress.arrived(received, total),
      this.#around.hireCourier(),
    );
    const around: BootSurroundings = {
      downloads,
      stopwatch: new Stopwatch(),
      importModule: this.#around.importModule,
      entered: (stage) => progress.entered(stage),
    };
    const stopUsing = useCompiled();
    const fetch = globalThis.fetch;
    // Pyodide and onnxruntime fetch by themselves what is on its way already
    globalThis.fetch = (input, options) =>
      downloads.take(String(input instanceof Request ? input.url : input)) ??
      fetch.call(globalThis, input, options);
    try {
      this.#player?.destroy();
      this.#player = null;
      this.#interpreter ??= await Interpreter.boot(runtime, scene, around);
      const { player, stepMs } = await this.#interpreter.prepare(scene, around);
      this.#player = player;
      this.#around.post({ type: "booted", stages: around.stopwatch.stages, stepMs });
    } catch (error) {
      const temporary = !(error instanceof Error && error.name === "PythonError");
      this.#around.post({ type: "boot_failed", ...described(error), temporary });
    } finally {
      downloads.close();
      stopUsing();
      globalThis.fetch = fetch;
    }
  }

  async #examine(message: Extract<ToWorker, { type: "examine" }>): Promise<void> {
    try {
      const text = await examine(this.#interpreter!, message);
      this.#around.post({ type: "examined", text });
    } catch (error) {
      this.#around.post({ type: "crashed", ...described(error) });
    }
  }

  #begin(): Session | null {
    const [interpreter, player] = [this.#interpreter, this.#player];
    if (interpreter === null || player === null) return null;
    return new Session(player, {
      post: this.#around.post,
      bytes: (content) => interpreter.bytes(content),
      infer: (wanted, feed) => interpreter.models.run(wanted, feed),
    });
  }
}

/** Says how far booting is, a few times in a second. */
class Progress {
  readonly #post: (message: FromWorker) => void;
  #stage: Stage = "download";
  #received = 0;
  #total = 0;
  #told = -Infinity;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  entered(stage: Stage): void {
    this.#stage = stage;
    this.#tell();
  }

  arrived(received: number, total: number): void {
    this.#received = received;
    this.#total = total;
    if (performance.now() - this.#told >= REPORT_EVERY_MS) this.#tell();
  }

  #tell(): void {
    this.#told = performance.now();
    const [stage, received, total] = [this.#stage, this.#received, this.#total];
    this.#post({ type: "progress", stage, received, total });
  }
}
