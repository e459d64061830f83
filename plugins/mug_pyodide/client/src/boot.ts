import type { Manifest, SceneFiles } from "./manifest.js";
import type { FromWorker, StageTiming } from "./messages.js";
import { type WorkerLike, WorkerPort } from "./port.js";

/** Importing modules and making an environment may take its time. */
const PATIENCE_SECONDS = 60;

export type BootProgress = Extract<FromWorker, { type: "progress" }>;

/** Python could not be started, or not with this scene. */
export class BootFailure extends Error {
  readonly detail: string;
  /** Trying again may help. */
  readonly temporary: boolean;

  constructor(reason: string, detail: string, temporary: boolean) {
    super(reason);
    this.detail = detail;
    this.temporary = temporary;
  }
}

/** A worker on its way to where a game can be played in it. */
export class Boot {
  readonly port: WorkerPort;
  /** How long each stage took. */
  stages: readonly StageTiming[] = [];
  /** Milliseconds that a step takes on this device, 0 if that is not known. */
  stepMs = 0;
  readonly #manifest: Manifest;
  #scene: SceneFiles | null = null;
  #alive = true;
  #ready: Promise<void> = Promise.resolve();
  #progress: BootProgress | null = null;
  #tell: (progress: BootProgress) => void = () => {};

  constructor(manifest: Manifest, spawn: (url: string) => WorkerLike) {
    this.#manifest = manifest;
    this.port = new WorkerPort(spawn(manifest.worker), PATIENCE_SECONDS, {
      message: () => {},
      died: () => {},
    });
  }

  /** Whether the worker is there, as far as is known. */
  get alive(): boolean {
    return this.#alive;
  }

  /** What is loaded, or was last. */
  get scene(): SceneFiles | null {
    return this.#scene;
  }

  /** Tell somebody how far it is, from now on. */
  follow(tell: (progress: BootProgress) => void): void {
    this.#tell = tell;
    if (this.#progress !== null) tell(this.#progress);
  }

  /**
   * Make a scene ready in the worker, once what was begun before is done.
   *
   * @param fresh pass by what the browser has kept
   */
  load(scene: SceneFiles, fresh: boolean): Promise<void> {
    if (scene !== this.#scene) {
      this.#scene = scene;
      this.#ready = this.#ready.then(() => this.#load(scene, fresh));
      this.#ready.catch(() => {});
    }
    return this.#ready;
  }

  #load(scene: SceneFiles, fresh: boolean): Promise<void> {
    const { port } = this;
    return new Promise((resolve, reject) => {
      port.listener = {
        message: (message) => {
          if (message.type === "progress") this.#show(message);
          else if (message.type === "booted") {
            this.stepMs = message.stepMs;
            resolve(this.#booted(message.stages));
          } else if (message.type === "boot_failed") {
            this.#alive = false;
            port.terminate();
            reject(new BootFailure(message.reason, message.detail, message.temporary));
          }
        },
        died: (reason, detail) => {
          this.#alive = false;
          reject(new BootFailure(reason, detail, true));
        },
      };
      port.post({ type: "boot", runtime: this.#manifest.runtime, scene, fresh });
    });
  }

  #show(progress: BootProgress): void {
    this.#progress = progress;
    this.#tell(progress);
  }

  #booted(stages: readonly StageTiming[]): void {
    this.stages = stages;
    for (const { stage, began, ended } of stages) {
      const start = Math.max(0, began - performance.timeOrigin);
      const end = Math.max(start, ended - performance.timeOrigin);
      performance.measure(`mug:boot:${stage}`, { start, end });
    }
  }
}
