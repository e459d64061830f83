import type { Download, RuntimeFiles, SceneFiles } from "../manifest.js";
import type { Stage } from "../messages.js";
import type { Downloads } from "./downloads.js";
import { ENGINE, Models } from "./models.js";
import type { Player, PlayerModule, Proxy, Pyodide, PyodideLoader } from "./python.js";
import type { Stopwatch } from "./stopwatch.js";
import { storedFiles } from "./stored_zip.js";

const HOME = "/home/pyodide";
const PLAYER_MODULE = "mug_pyodide.in_browser.player";
const LAZY_MODULE = "mug_pyodide.in_browser.lazy_imports";
const ENTRY = "pyodide.mjs";
const CORE = "pyodide.asm.mjs";
const MACHINE = "pyodide.asm.wasm";
const LIBRARY = "python_stdlib.zip";
const NUMPY = "numpy";

interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly file_name: string; readonly sha256: string; readonly depends: string[] }
    >
  >;
}

/** What booting needs from the worker around it. */
export interface BootSurroundings {
  readonly downloads: Downloads;
  readonly stopwatch: Stopwatch;
  importModule(url: string): Promise<unknown>;
  /** A stage begins. */
  entered(stage: Stage): void;
}

/** Python in this worker, with the files of one scene after the other. */
export class Interpreter {
  readonly models: Models;
  readonly #python: Pyodide;
  readonly #numpy: Download | undefined;
  readonly #site: string;
  readonly #packages = new Set<string>();
  readonly #unpacked = new Set<string>();
  #module: PlayerModule | null = null;

  private constructor(python: Pyodide, models: Models, numpy: Download | undefined) {
    this.#python = python;
    this.models = models;
    this.#numpy = numpy;
    // What is imported is there to stay: `mug_pyodide.in_browser.player` ends this.
    const begin = "import gc, site; gc.disable(); site.getsitepackages()[0]";
    this.#site = python.runPython(begin) as string;
  }

  /** Load Python, with everything that this scene will need on its way at the same time. */
  static async boot(
    runtime: RuntimeFiles,
    scene: SceneFiles,
    around: BootSurroundings,
  ): Promise<Interpreter> {
    const { downloads, stopwatch } = around;
    const file = (name: string): Download => ({
      url: runtime.base + name,
      bytes: runtime.files[name] ?? 0,
      integrity: null,
    });
    const models = new Models(runtime.base, file(ENGINE), around.importModule);
    around.entered("download");
    // What Python needs when it has started comes while it starts: it must not slow down what starts it.
    const bring = async (): Promise<LockFile> => {
      const text = new TextDecoder().decode(await downloads.bytes(file(runtime.lock)));
      const lock = JSON.parse(text) as LockFile;
      const rest = [...wheels(lock, scene.packages, file), ...scene.packs, scene.scene];
      downloads.later(() => {
        for (const one of rest) downloads.begin(one);
        models.load(scene.models, downloads).catch(() => {});
      });
      return lock;
    };
    downloads.compile(file(MACHINE));
    downloads.begin(file(LIBRARY));
    const lock = bring();
    lock.catch(() => {});
    const [entry, core] = [ENTRY, CORE].map((name) =>
      downloads.follow(file(name), around.importModule(runtime.base + name)),
    ) as [Promise<PyodideLoader>, Promise<unknown>];
    core.catch(() => {}); // Pyodide imports it too, and says what is wrong
    const loader = await stopwatch.measure("download", () => entry);
    around.entered("python");
    const python = await stopwatch.measure("python", () => {
      const loading = loader.loadPyodide({
        indexURL: runtime.base,
        packageBaseUrl: runtime.base,
        lockFileContents: lock,
        env: { PYTHONHASHSEED: "0", HOME },
        stdout: (line) => console.log(line),
        stderr: (line) => console.warn(line),
      });
      return Promise.race([loading, downloads.failure]);
    });
    return new Interpreter(python, models, wheels(await lock, [NUMPY], file)[0]);
  }

  /** Make a scene ready to be played: its modules imported, its code warm. */
  async prepare(
    scene: SceneFiles,
    around: BootSurroundings,
  ): Promise<{ player: Player; stepMs: number }> {
    const { downloads, stopwatch } = around;
    for (const file of [...scene.packs, scene.scene]) {
      if (!this.#unpacked.has(file.url)) downloads.begin(file);
    }
    const models = this.models.load(scene.models, downloads);
    models.catch(() => {});
    around.entered("unpack");
    await stopwatch.measure("unpack", () => this.#unpack(scene, downloads));
    around.entered("imports");
    await stopwatch.measure("imports", () => this.#import(scene));
    around.entered("scene");
    const player = await stopwatch.measure("scene", async () => {
      const blob = this.bytes(await downloads.bytes(scene.scene));
      const player = this.#module!.Player(blob);
      for (const { name, inputs, outputs } of await models) {
        player.register_model(name, inputs, outputs);
      }
      return player;
    });
    around.entered("warm_up");
    const seconds = await stopwatch.measure("warm_up", () => player.warm_up());
    return { player, stepMs: seconds * 1000 };
  }

  /** Turn bytes into Python's. */
  bytes(content: Uint8Array): unknown {
    const make = this.#python.pyimport("builtins") as Proxy & { bytes(content: unknown): unknown };
    return make.bytes(this.#python.toPy(content));
  }

  /** Return a module of Python's. */
  module(name: string): Proxy {
    return this.#python.pyimport(name);
  }

  async #unpack(scene: SceneFiles, downloads: Downloads): Promise<void> {
    const packages = scene.packages.filter((name) => !this.#packages.has(name));
    if (packages.includes(NUMPY) && this.#numpy !== undefined) {
      this.#put(await downloads.bytes(this.#numpy));
      this.#python.loadedPackages[NUMPY] = "default channel";
      // It takes a while, in which packs may arrive.
      this.#python.pyimport(NUMPY).destroy();
    }
    const others = packages.filter((name) => name !== NUMPY);
    if (others.length > 0) await this.#python.loadPackage(others);
    for (const name of packages) this.#packages.add(name);
    for (const pack of scene.packs) {
      if (this.#unpacked.has(pack.url)) continue;
      this.#put(await downloads.bytes(pack));
      this.#unpacked.add(pack.url);
    }
    this.#python.runPython("import importlib; importlib.invalidate_caches()");
  }

  /** Put the files of an archive among the installed packages, which Python itself would take long for. */
  #put(archive: Uint8Array<ArrayBuffer>): void {
    const { FS } = this.#python;
    const folders = new Set<string>();
    for (const { name, content } of storedFiles(archive)) {
      const path = `${this.#site}/${name}`;
      const folder = path.slice(0, path.lastIndexOf("/"));
      if (!folders.has(folder)) FS.mkdirTree(folder);
      folders.add(folder);
      FS.writeFile(path, content, { canOwn: true });
    }
  }

  #import(scene: SceneFiles): void {
    this.#module ??= this.#python.pyimport(PLAYER_MODULE) as PlayerModule;
    if (scene.lazy.length > 0) this.#offer(scene.lazy);
    for (const name of scene.imports) this.#python.pyimport(name).destroy();
  }

  /** Let Python fetch what nobody expected to be imported. */
  #offer(archives: readonly Download[]): void {
    const lazy = this.#python.pyimport(LAZY_MODULE) as Proxy & { install(archives: string): void };
    lazy.install(JSON.stringify(archives));
    lazy.destroy();
  }
}

/** Return the files of these packages and of those that they need. */
function wheels(
  lock: LockFile,
  names: readonly string[],
  file: (name: string) => Download,
): Download[] {
  const found = new Map<string, Download>();
  const visit = (name: string): void => {
    const entry = lock.packages[name];
    if (entry === undefined || found.has(name)) return;
    found.set(name, { ...file(entry.file_name), integrity: integrity(entry.sha256) });
    for (const needed of entry.depends) visit(needed);
  };
  for (const name of names) visit(name);
  return [...found.values()];
}

/** Turn a SHA-256 in hexadecimal digits into what `fetch` checks. */
export function integrity(sha256: string): string {
  const bytes = sha256.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}
