import { Boot, BootFailure, type BootProgress } from "./boot.js";
import type { Manifest, SceneFiles } from "./manifest.js";
import type { WorkerLike } from "./port.js";

/** Keeps one worker ready for the next game, ahead of time. */
export class Standby {
  readonly #fetch: () => Promise<Manifest>;
  readonly #spawn: (url: string) => WorkerLike;
  #manifest: Promise<Manifest> | null = null;
  #spare: Boot | null = null;
  #dismissed = false;

  /**
   * @param fetch asks the server for what there is to load
   * @param spawn starts a worker with this script
   */
  constructor(fetch: () => Promise<Manifest>, spawn: (url: string) => WorkerLike) {
    this.#fetch = fetch;
    this.#spawn = spawn;
  }

  /** Begin to make the experiment's first scene ready; what fails is tried again when it is needed. */
  async begin(): Promise<void> {
    const manifest = await this.#known().catch(() => null);
    if (manifest !== null && !this.#dismissed) this.#aim(manifest, manifest.scenes[0]);
  }

  /** Stop what was begun: nothing is going to be played. */
  dismiss(): void {
    this.#dismissed = true;
    this.#spare?.port.terminate();
    this.#spare = null;
  }

  /** Begin to make ready what comes after this scene, if anything does. */
  async beginAfter(sceneId: string): Promise<void> {
    const manifest = await this.#known().catch(() => null);
    const place = manifest?.scenes.findIndex((scene) => scene.sceneId === sceneId) ?? -1;
    if (manifest !== null && place >= 0) this.#aim(manifest, manifest.scenes[place + 1]);
  }

  /**
   * Take the worker over, ready for this scene.
   *
   * @param scenePack the name of the file that the scene is packed in by now
   * @param fresh pass by what the browser has kept
   * @throws BootFailure
   */
  async take(
    sceneId: string,
    scenePack: string,
    fresh: boolean,
    tell: (progress: BootProgress) => void,
  ): Promise<Boot> {
    // What could not be loaded may be there under another name by now.
    if (fresh || !offers(await this.#known(), sceneId, scenePack)) this.#forget();
    const manifest = await this.#known();
    const scene = manifest.scenes.find((one) => one.sceneId === sceneId);
    if (scene === undefined) {
      throw new BootFailure(`there is nothing to load for the scene '${sceneId}'`, "", false);
    }
    if (!offers(manifest, sceneId, scenePack)) {
      throw new BootFailure(`the scene '${sceneId}' is not what the server plays`, "", true);
    }
    const spare = this.#spare;
    this.#spare = null;
    if (spare?.alive) {
      const expected = spare.scene === scene;
      try {
        return await ready(spare, scene, fresh, tell);
      } catch (error) {
        spare.port.terminate();
        if (expected) throw error;
      }
    }
    return ready(new Boot(manifest, this.#spawn), scene, fresh, tell);
  }

  #aim(manifest: Manifest, scene: SceneFiles | undefined): void {
    if (scene === undefined || this.#spare !== null) return;
    const boot = (this.#spare = new Boot(manifest, this.#spawn));
    boot.load(scene, false).catch(() => {
      if (this.#spare === boot) this.#spare = null;
    });
  }

  /** The server was started again with something else. */
  #forget(): void {
    this.#manifest = null;
    this.#spare?.port.terminate();
    this.#spare = null;
  }

  async #known(): Promise<Manifest> {
    this.#manifest ??= this.#fetch();
    try {
      return await this.#manifest;
    } catch (error) {
      this.#manifest = null;
      throw new BootFailure("the server did not say what to load", String(error), true);
    }
  }
}

function offers({ scenes }: Manifest, sceneId: string, scenePack: string): boolean {
  return scenes.some(
    (one) => one.sceneId === sceneId && one.scene.url.split("/").at(-1) === scenePack,
  );
}

async function ready(
  boot: Boot,
  scene: SceneFiles,
  fresh: boolean,
  tell: (progress: BootProgress) => void,
): Promise<Boot> {
  boot.follow(tell);
  await boot.load(scene, fresh);
  return boot;
}
