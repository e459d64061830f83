import { beforeEach, describe, expect, it, vi } from "vitest";
import { BootFailure } from "../src/boot.js";
import { Standby } from "../src/standby.js";
import { FakeWorker } from "./helpers/fake_worker.js";
import { MANIFEST } from "./helpers/manifest.js";
import { until } from "./helpers/until.js";

let workers: FakeWorker[];
let reply: (worker: FakeWorker) => FakeWorker["reply"];
const fetchManifest = vi.fn<() => Promise<typeof MANIFEST>>();
const ignore = (): void => {};

/** Boots at once, as far as the page can see. */
const boots = (worker: FakeWorker) => () => worker.say({ type: "booted", stages: [], stepMs: 4 });

function standby(): Standby {
  return new Standby(fetchManifest, () => {
    const worker = new FakeWorker();
    worker.reply = reply(worker);
    workers.push(worker);
    return worker;
  });
}

const scenes = (worker: FakeWorker | undefined): string[] =>
  worker?.hearing("boot").map(({ scene }) => scene.sceneId) ?? [];

beforeEach(() => {
  workers = [];
  reply = boots;
  fetchManifest.mockReset().mockResolvedValue(MANIFEST);
});

describe("Standby", () => {
  it("makes the first scene ready ahead of time, and hands its worker over", async () => {
    const spare = standby();
    await spare.begin();
    expect(scenes(workers[0])).toEqual(["car"]);
    const boot = await spare.take("car", "car.bin", false, ignore);
    boot.port.post({ type: "snapshot" });
    expect(workers).toHaveLength(1);
    expect(workers[0]!.hearing("snapshot")).toHaveLength(1);
  });

  it("asks only once what there is to load, before a worker is started", async () => {
    const spare = standby();
    const begun = spare.begin();
    expect(fetchManifest).toHaveBeenCalledTimes(1);
    expect(workers).toHaveLength(0);
    await begun;
    await spare.begin();
    expect(fetchManifest).toHaveBeenCalledTimes(1);
    expect(workers.map(scenes)).toEqual([["car"]]);
  });

  it("stops where nothing will be played, also before it knows what there is", async () => {
    const spare = standby();
    await spare.begin();
    spare.dismiss();
    expect(workers.map(({ terminated }) => terminated)).toEqual([true]);
    const early = standby();
    const begun = early.begin();
    early.dismiss();
    await begun;
    expect(workers).toHaveLength(1);
  });

  it("asks again when it was in vain", async () => {
    fetchManifest.mockRejectedValueOnce(new Error("offline"));
    const spare = standby();
    await spare.begin();
    expect(workers).toHaveLength(0);
    await spare.begin();
    expect(workers.map(scenes)).toEqual([["car"]]);
  });

  it("gets the worker that stands ready to play another scene", async () => {
    const spare = standby();
    await spare.begin();
    await spare.take("grid", "grid.bin", false, ignore);
    expect(workers).toHaveLength(1);
    expect(scenes(workers[0])).toEqual(["car", "grid"]);
  });

  it("loads for a game that nobody expected, and for each game in a worker of its own", async () => {
    const spare = standby();
    await spare.take("grid", "grid.bin", false, ignore);
    await spare.take("car", "car.bin", false, ignore);
    expect(workers.map(scenes)).toEqual([["grid"], ["car"]]);
  });

  it("makes the next scene ready after a game, if there is one", async () => {
    const spare = standby();
    await spare.beginAfter("car");
    expect(workers.map(scenes)).toEqual([["grid"]]);
    const last = standby();
    await last.beginAfter("grid");
    await last.beginAfter("unheard of");
    expect(workers).toHaveLength(1);
  });

  it("begins anew when what was begun ahead of time did not work", async () => {
    reply = (worker) => () =>
      worker.say({ type: "boot_failed", reason: "no", detail: "", temporary: true });
    const spare = standby();
    await spare.begin();
    await until(() => workers[0]?.terminated === true);
    reply = boots;
    await spare.take("car", "car.bin", true, ignore);
    expect(workers).toHaveLength(2);
    expect(workers[1]!.hearing("boot")[0]!.fresh).toBe(true);
  });

  it("begins anew when what stood ready died meanwhile", async () => {
    const spare = standby();
    await spare.begin();
    workers[0]!.onerror!({ message: "out of memory" } as ErrorEvent);
    await spare.take("car", "car.bin", false, ignore);
    await spare.beginAfter("car");
    workers[2]!.onerror!({ message: "out of memory" } as ErrorEvent);
    await spare.take("car", "car.bin", false, ignore);
    expect(workers.map(scenes)).toEqual([["car"], ["car"], ["grid"], ["car"]]);
  });

  it("begins anew when another scene could not be made ready before this one", async () => {
    reply = (worker) => (message) => {
      const broken = message.type === "boot" && message.scene.sceneId === "grid";
      if (!broken) boots(worker)();
    };
    const spare = standby();
    await spare.beginAfter("car");
    const taken = spare.take("car", "car.bin", false, ignore);
    await until(() => workers.length === 1);
    workers[0]!.say({ type: "boot_failed", reason: "ImportError", detail: "", temporary: false });
    await taken;
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    expect(scenes(workers[1])).toEqual(["car"]);
  });

  it("asks again what there is when something could not be loaded", async () => {
    const spare = standby();
    await spare.take("car", "car.bin", false, ignore);
    await spare.take("car", "car.bin", true, ignore);
    expect(fetchManifest).toHaveBeenCalledTimes(2);
  });

  it("plays nothing else than what the server has", async () => {
    const taken = standby().take("car", "new.bin", false, ignore);
    await expect(taken).rejects.toMatchObject({ temporary: true });
    expect(workers).toEqual([]);
  });

  it("says why a scene cannot be made ready", async () => {
    reply = (worker) => () =>
      worker.say({ type: "boot_failed", reason: "ImportError", detail: "x", temporary: false });
    const failure = await standby()
      .take("car", "car.bin", false, ignore)
      .catch((error: unknown) => error as BootFailure);
    expect(failure).toBeInstanceOf(BootFailure);
    expect(failure).toMatchObject({ message: "ImportError", detail: "x", temporary: false });
    expect(workers[0]!.terminated).toBe(true);
  });

  it("begins anew when the server was started again with something else", async () => {
    const spare = standby();
    await spare.begin();
    const scene = { ...MANIFEST.scenes[0]!.scene, url: "https://lab.test/car2.bin" };
    const changed = { ...MANIFEST, scenes: [{ ...MANIFEST.scenes[0]!, scene }] };
    fetchManifest.mockResolvedValue(changed);
    await spare.take("car", "car2.bin", false, ignore);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    expect(workers[1]!.hearing("boot")[0]!.scene.scene.url).toBe("https://lab.test/car2.bin");
  });

  it("says that a scene is unknown, or that the server does not answer", async () => {
    await expect(standby().take("lost", "lost.bin", false, ignore)).rejects.toMatchObject({
      temporary: false,
    });
    const spare = standby();
    fetchManifest.mockRejectedValueOnce(new Error("offline"));
    await expect(spare.take("car", "car.bin", false, ignore)).rejects.toMatchObject({
      temporary: true,
    });
    await expect(spare.take("car", "car.bin", false, ignore)).resolves.toBeDefined();
  });

  it("tells how far it is, also what happened before somebody asked", async () => {
    reply = () => () => {};
    const spare = standby();
    await spare.begin();
    workers[0]!.say({ type: "progress", stage: "download", received: 1, total: 4 });
    performance.clearMeasures();
    const heard: number[] = [];
    const taken = spare.take("car", "car.bin", false, ({ received }) => heard.push(received));
    await until(() => heard.length > 0);
    workers[0]!.say({ type: "progress", stage: "python", received: 4, total: 4 });
    const stage = {
      stage: "python",
      began: performance.timeOrigin + 5,
      ended: performance.timeOrigin + 25,
    } as const;
    workers[0]!.say({ type: "booted", stages: [stage], stepMs: 4 });
    expect((await taken).stages).toEqual([stage]);
    expect(heard).toEqual([1, 4]);
    const [measure] = performance.getEntriesByName("mug:boot:python");
    expect(measure!.duration).toBeCloseTo(20, 3);
  });
});
