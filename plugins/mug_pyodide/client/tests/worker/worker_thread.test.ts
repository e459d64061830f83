import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FromWorker, ToWorker } from "../../src/messages.js";
import { Courier, type CourierThread, runErrands } from "../../src/worker/courier.js";
import { integrity } from "../../src/worker/interpreter.js";
import { WorkerThread } from "../../src/worker/worker_thread.js";
import { archiveOf } from "../helpers/archive.js";
import { FakePlayer } from "../helpers/fake_player.js";
import { MANIFEST } from "../helpers/manifest.js";
import { until } from "../helpers/until.js";

const [CAR, GRID] = MANIFEST.scenes as [(typeof MANIFEST.scenes)[0], (typeof MANIFEST.scenes)[0]];
const LOCK = {
  packages: {
    numpy: { file_name: "numpy.whl", sha256: "00ff", depends: ["blas"] },
    blas: { file_name: "blas.whl", sha256: "11", depends: [] },
  },
};

/** Pyodide as the worker uses it. */
class FakePyodide {
  readonly calls: unknown[][] = [];
  readonly players: FakePlayer[] = [];
  options: Record<string, unknown> = {};
  missing: string | null = null;
  readonly files = new Map<string, string>();
  readonly loadedPackages: Record<string, string> = {};
  readonly FS = {
    mkdirTree: (path: string) => void this.calls.push(["mkdirTree", path]),
    writeFile: (path: string, content: Uint8Array) =>
      void this.files.set(path, new TextDecoder().decode(content)),
  };
  /** Nothing comes of loading Python, as when its WebAssembly does not arrive. */
  hangs = false;
  readonly version = "1";

  readonly loadPyodide = async (options: Record<string, unknown>): Promise<this> => {
    const library = fetch(`${MANIFEST.runtime.base}python_stdlib.zip`);
    const read = library.then((response) => response.arrayBuffer());
    read.catch(() => {});
    if (this.hangs) await new Promise(() => {});
    this.options = { ...options, lockFileContents: await options["lockFileContents"] };
    await read;
    await fetch(`${MANIFEST.runtime.base}pyodide.asm.wasm`);
    return this;
  };

  pyimport(name: string): unknown {
    this.calls.push(["pyimport", name]);
    if (name === this.missing) {
      throw Object.assign(new Error(`Traceback\nModuleNotFoundError: ${name}`), {
        name: "PythonError",
      });
    }
    return {
      destroy: () => {},
      bytes: (content: unknown) => content,
      install: (archives: string) => this.calls.push(["install", JSON.parse(archives)]),
      Player: (blob: Uint8Array) => {
        this.calls.push(["Player", new TextDecoder().decode(blob).trim()]);
        const player = new FakePlayer();
        this.players.push(player);
        return player;
      },
    };
  }

  runPython(code: string): unknown {
    this.calls.push(["runPython", code]);
    return code.includes("getsitepackages") ? "/site" : undefined;
  }

  toPy(value: unknown): unknown {
    return value;
  }

  loadPackage(names: readonly string[]): Promise<void> {
    this.calls.push(["loadPackage", names]);
    return Promise.resolve();
  }

  told(name: string): unknown[][] {
    return this.calls.filter(([called]) => called === name).map((call) => call.slice(1));
  }
}

let python: FakePyodide;
let posted: FromWorker[];
let thread: WorkerThread;
let fetched: string[];
let fetchOptions: Map<string, RequestInit | undefined>;
let broken: string | null;
let courier: Courier | null;

/** Tells the worker when the browser has loaded something that nobody reads here. */
class FakeObserver {
  static tell: (name: string) => void = () => {};
  static deaf = false;

  constructor(told: (list: { getEntries(): { name: string }[] }) => void) {
    FakeObserver.tell = (name) => {
      if (!FakeObserver.deaf) told({ getEntries: () => [{ name }] });
    };
  }

  observe(): void {}

  disconnect(): void {}
}

beforeEach(() => {
  FakeObserver.deaf = false;
  vi.stubGlobal("PerformanceObserver", FakeObserver);
  vi.spyOn(WebAssembly, "compileStreaming").mockImplementation(async (response) => {
    await response;
    return {} as WebAssembly.Module;
  });
  python = new FakePyodide();
  posted = [];
  fetched = [];
  fetchOptions = new Map();
  broken = null;
  courier = null;
  vi.stubGlobal("fetch", (url: string, options?: RequestInit) => {
    const name = url.split("/").at(-1)!;
    fetched.push(name);
    fetchOptions.set(name, options);
    if (/(wasm|whl)$/.test(name)) FakeObserver.tell(url);
    if (name === broken) return Promise.reject(new TypeError("Failed to fetch"));
    const known = [...CAR.packs, ...GRID.packs, CAR.scene, GRID.scene].find(
      (one) => one.url === url,
    );
    const length = known?.bytes ?? MANIFEST.runtime.files[name] ?? 0;
    const archived = /(zip|whl)$/.test(name) && name !== "python_stdlib.zip";
    const body = archived
      ? archiveOf({ [`from/${name}.py`]: name })
      : new TextEncoder().encode(
          name === "lock.json" ? JSON.stringify(LOCK) : `content of ${name}`.padEnd(length),
        );
    return Promise.resolve(
      new Response(body, { headers: { "Content-Length": String(body.length) } }),
    );
  });
  thread = new WorkerThread({
    post: (message) => void posted.push(message),
    importModule: () => Promise.resolve({ loadPyodide: python.loadPyodide }),
    hireCourier: () => courier,
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const boot = (scene = CAR, fresh = false): ToWorker => ({
  type: "boot",
  runtime: MANIFEST.runtime,
  scene,
  fresh,
});
const ofType = <T extends FromWorker["type"]>(type: T) =>
  posted.filter((message): message is Extract<FromWorker, { type: T }> => message.type === type);
const booted = (count = 1): Promise<void> =>
  until(() => ofType("booted").length === count, JSON.stringify(posted.at(-1)));

describe("WorkerThread", () => {
  it("boots Python with a fixed hash seed, from mug's own server, everything fetched once and at once", async () => {
    thread.receive(boot());
    await booted();
    expect(python.options).toMatchObject({
      indexURL: MANIFEST.runtime.base,
      packageBaseUrl: MANIFEST.runtime.base,
      lockFileContents: LOCK,
      env: { PYTHONHASHSEED: "0" },
    });
    expect([...fetched].sort()).toEqual(
      [
        "pyodide.asm.wasm",
        "python_stdlib.zip",
        "lock.json",
        "numpy.whl",
        "blas.whl",
        "mug.zip",
        "car.zip",
        "car.bin",
      ].sort(),
    );
    expect(fetchOptions.get("numpy.whl")!.integrity).toBe(integrity("00ff"));
  });

  it("unpacks, imports, makes the player and warms it up", async () => {
    thread.receive(boot({ ...CAR, lazy: [CAR.scene] }));
    await booted();
    expect([...python.files]).toEqual([
      ["/site/from/numpy.whl.py", "numpy.whl"],
      ["/site/from/mug.zip.py", "mug.zip"],
      ["/site/from/car.zip.py", "car.zip"],
    ]);
    expect(python.told("mkdirTree")).toContainEqual(["/site/from"]);
    expect(python.loadedPackages).toHaveProperty("numpy");
    expect(python.told("loadPackage")).toEqual([]);
    expect(python.told("runPython").flat().join()).toContain("gc.disable()");
    const imports = python.told("pyimport").map(([name]) => name);
    expect(imports.indexOf("mug_pyodide.in_browser.player")).toBeLessThan(
      imports.indexOf("gymnasium"),
    );
    expect(python.told("install")).toEqual([[[CAR.scene]]]);
    expect(python.told("Player")).toEqual([["content of car.bin"]]);
    expect(python.players[0]!.calls).toEqual([["warm_up"]]);
    expect(ofType("booted")[0]!.stepMs).toBe(4);
    expect(ofType("booted")[0]!.stages.map(({ stage }) => stage)).toEqual([
      ...["download", "python", "unpack", "imports", "scene", "warm_up"],
    ]);
  });

  it("lets what Python needs first arrive before the rest", async () => {
    let arrive = (): void => {};
    vi.spyOn(WebAssembly, "compileStreaming").mockImplementation(async () => {
      await new Promise<void>((resolve) => (arrive = resolve));
      return {} as WebAssembly.Module;
    });
    FakeObserver.deaf = true;
    python.hangs = true;
    thread.receive(boot());
    await until(() => fetched.includes("lock.json"));
    await new Promise((resolve) => setTimeout(resolve));
    expect(fetched).not.toContain("numpy.whl");
    expect(fetched).not.toContain("mug.zip");
    arrive();
    await until(() => fetched.includes("numpy.whl") && fetched.includes("mug.zip"));
  });

  it("has a courier fetch what comes whole, and sends it away when all is there", async () => {
    const { port1, port2 } = new MessageChannel();
    const terminate = vi.fn();
    runErrands(port2);
    courier = new Courier(Object.assign(port1 as unknown as CourierThread, { terminate }));
    thread.receive(boot());
    await booted();
    expect(python.files.get("/site/from/numpy.whl.py")).toBe("numpy.whl");
    expect(fetchOptions.get("numpy.whl")!.integrity).toBe(integrity("00ff"));
    expect(terminate).toHaveBeenCalled();
    const [last] = ofType("progress").slice(-1);
    expect(last!.received).toBe(last!.total);
    port2.close();
  });

  it("says what is wrong when the courier comes back with nothing", async () => {
    const { port1, port2 } = new MessageChannel();
    runErrands(port2);
    courier = new Courier(
      Object.assign(port1 as unknown as CourierThread, { terminate: () => {} }),
    );
    broken = "numpy.whl";
    thread.receive(boot());
    await until(() => ofType("boot_failed").length > 0);
    expect(ofType("boot_failed")[0]).toMatchObject({
      temporary: true,
      reason: "TypeError: Failed to fetch",
    });
    port2.close();
  });

  it("says how far it is, in bytes on the network", async () => {
    thread.receive(boot());
    await booted();
    const [last] = ofType("progress").slice(-1);
    expect(last!.stage).toBe("warm_up");
    expect(last!.received).toBe(last!.total);
    expect(last!.total).toBeGreaterThan(50);
  });

  it("gets another scene ready with only what it does not have", async () => {
    thread.receive(boot());
    thread.receive(boot({ ...GRID, packages: ["numpy", "scipy"] }));
    await booted(2);
    expect(fetched.filter((name) => name === "mug.zip")).toHaveLength(1);
    expect(fetched).toContain("grid.zip");
    expect(python.told("loadPackage")).toEqual([[["scipy"]]]);
    expect(python.players[0]!.told("destroy")).toHaveLength(1);
  });

  it("passes by what the browser kept when it is told to", async () => {
    thread.receive(boot(CAR, true));
    await booted();
    expect(fetchOptions.get("mug.zip")!.cache).toBe("reload");
    expect(fetchOptions.get("pyodide.asm.wasm")!.cache).toBe("reload");
  });

  it.each(["numpy.whl", "car.zip"])("says that trying again may help without %s", async (name) => {
    broken = name;
    thread.receive(boot());
    await until(() => ofType("boot_failed").length > 0);
    expect(ofType("boot_failed")[0]).toMatchObject({
      temporary: true,
      reason: "TypeError: Failed to fetch",
    });
  });

  it.each(["pyodide.asm.wasm", "python_stdlib.zip"])(
    "says so where Pyodide itself waits in vain: %s",
    async (name) => {
      broken = name;
      python.hangs = true;
      thread.receive(boot());
      await until(() => ofType("boot_failed").length > 0);
      expect(ofType("boot_failed")[0]).toMatchObject({ temporary: true });
    },
  );

  it("says that it does not help when a module does not work", async () => {
    python.missing = "gymnasium";
    thread.receive(boot());
    await until(() => ofType("boot_failed").length > 0);
    expect(ofType("boot_failed")[0]).toMatchObject({
      temporary: false,
      reason: "ModuleNotFoundError: gymnasium",
    });
  });

  it("plays the game that it is told to open, and answers to be alive", async () => {
    thread.receive({ type: "ping", number: 3 });
    expect(ofType("pong")).toEqual([{ type: "pong", number: 3 }]);
    thread.receive(boot());
    await booted();
    thread.receive({ type: "open", setup: "{}", next: 0, snapshot: null, checkpoint: null });
    expect(ofType("opened")).toHaveLength(1);
    thread.receive({ type: "input", kind: 1, seq: 1, action: 0, x: 0, y: 0 });
    expect(python.players[0]!.told("input")).toHaveLength(1);
  });
});
