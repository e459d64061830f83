import type { GameHost } from "@mug/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserGame } from "../src/browser_game.js";
import * as capability from "../src/capability.js";
import { inflate } from "../src/deflate.js";
import type { FromWorker, ToWorker } from "../src/messages.js";
import { Standby } from "../src/standby.js";
import type { Turn } from "../src/turn.js";
import { FakeServer } from "./helpers/fake_server.js";
import { FakeShelf } from "./helpers/fake_shelf.js";
import { IDLE } from "./helpers/fake_player.js";
import { FakeWorker } from "./helpers/fake_worker.js";
import { MANIFEST } from "./helpers/manifest.js";
import { macrotask, until } from "./helpers/until.js";

let server: FakeServer;
let shelf: FakeShelf;
let standby: Standby;
let workers: FakeWorker[];
let games: BrowserGame[];
/** What a worker makes of a snapshot. */
let resumes: boolean;
/** How workers answer when they are to boot. */
let booting: FromWorker;
let manifest: typeof MANIFEST;
const CAR = MANIFEST.scenes[0]!;

function makeHost(canFallBack = false) {
  return {
    game: "g1",
    page: { fps: 30, raw: { canFallBack } } as unknown as GameHost["page"],
    send: server.send,
    draw: vi.fn<GameHost["draw"]>(),
    hud: vi.fn<GameHost["hud"]>(),
    peers: null,
    sendInput: vi.fn<GameHost["sendInput"]>(),
    sendPacket: vi.fn<GameHost["sendPacket"]>(),
    acknowledged: vi.fn<GameHost["acknowledged"]>(),
    tick: vi.fn<GameHost["tick"]>(),
    report: vi.fn<GameHost["report"]>(),
    progress: vi.fn<GameHost["progress"]>(),
    problem: vi.fn<GameHost["problem"]>(),
    wait: vi.fn<GameHost["wait"]>(),
    stalled: vi.fn<GameHost["stalled"]>(),
  };
}

function respond(worker: FakeWorker, message: ToWorker): void {
  if (message.type === "boot") worker.say(booting);
  if (message.type === "open") {
    worker.say({ type: "opened", resumed: message.snapshot !== null && resumes });
  }
  if (message.type === "history" && message.last) turn(worker, { events: [["ready", 0]] });
}

function turn(worker: FakeWorker, fields: Partial<Turn>): void {
  const text = JSON.stringify({ ...IDLE, ...fields });
  worker.say({ type: "turn", text, stepMs: 1, crossingMs: 0.5 });
}

/** Open the page of the game, and wait until it can be played. */
async function play() {
  const host = makeHost();
  const ready = server.saying("ready").length;
  const game = new BrowserGame(host, { standby, shelf });
  games.push(game);
  await until(() => server.saying("ready").length > ready, "the game was never ready");
  return { host, game, worker: workers.at(-1)! };
}

const commands = (worker: FakeWorker): string[] =>
  worker.hearing("command").map(({ name, argument }) => `${name} ${argument}`.trim());
const STEPS = ['{"kind":"step","n":0}', '{"kind":"step","n":1}'];

beforeEach(() => {
  vi.spyOn(capability, "missingCapability").mockReturnValue(null);
  manifest = MANIFEST;
  server = new FakeServer();
  shelf = new FakeShelf();
  workers = [];
  games = [];
  resumes = true;
  booting = { type: "booted", stages: [{ stage: "python", began: 1000, ended: 3000 }], stepMs: 4 };
  standby = new Standby(
    () => Promise.resolve(manifest),
    () => {
      const worker = new FakeWorker();
      worker.answersPings = true;
      worker.reply = (message) => respond(worker, message);
      workers.push(worker);
      return worker;
    },
  );
});
afterEach(() => {
  for (const game of games) game.stop();
  vi.useRealTimers();
});

describe("a game in the browser", () => {
  it("opens with what the server says, and is started, paused and resumed by it", async () => {
    const { game, worker, host } = await play();
    const [open] = worker.hearing("open");
    expect(open).toMatchObject({ next: 0, snapshot: null });
    const setup = JSON.parse(open!.setup) as Record<string, number>;
    expect(setup).toMatchObject({ game_id: "g1", seed: 7, snapshot_records: null });
    expect(Math.abs(setup["clock_offset_ms"]! - 500)).toBeLessThan(200);
    expect(commands(worker)).toEqual([]);
    game.message({ type: "state", started: true, paused: false, stopped: null });
    game.message({ type: "state", started: true, paused: true, stopped: null });
    game.message({ type: "state", started: true, paused: false, stopped: null });
    expect(commands(worker)).toEqual(["start", "pause", "resume"]);
    expect(host.report).toHaveBeenCalledWith({ boot: { python: 2000 } });
  });

  it("draws what Python drew, and counts its ticks", async () => {
    const { host, worker } = await play();
    const frame = { kind: "full", episode: 2, frame: 9, step: 8, ack: 5, hud: "Score 1" } as const;
    turn(worker, { frame: { ...frame, set: [[1, 0, 1, { x: 1 }]], removed: [] } });
    turn(worker, { frame: { ...frame, kind: "beat", frame: 10 } });
    expect(host.draw.mock.calls.map(([delta, full]) => [delta.set[0]!.type, full])).toEqual([
      ["rect", true],
    ]);
    expect(host.hud).toHaveBeenCalledWith("Score 1");
    expect(host.acknowledged).toHaveBeenCalledWith(5);
    expect(host.tick.mock.calls[0]).toEqual([{ frame: 9, confirmedFrame: 9, episode: 2, step: 8 }]);
  });

  it("tells Python what the participant does", async () => {
    const { game, worker } = await play();
    game.input({ kind: "held", seq: 1, action: null });
    game.input({ kind: "pointer", seq: 2, action: 3, x: 4, y: 5 });
    expect(worker.hearing("input")).toEqual([
      { type: "input", kind: 1, seq: 1, action: -1, x: 0, y: 0 },
      { type: "input", kind: 3, seq: 2, action: 3, x: 4, y: 5 },
    ]);
  });

  it("sends its records, what is not a step at once, and lets go of the game when it is over", async () => {
    const { worker } = await play();
    turn(worker, { records: STEPS });
    turn(worker, { records: ['{"kind":"game_end"}'], events: [["over", "completed"]] });
    expect(worker.terminated).toBe(true);
    await until(() => !shelf.rows.has("g1"));
    expect(server.lines).toEqual([...STEPS, '{"kind":"game_end"}']);
  });

  it("makes the next scene's worker ready when it is over", async () => {
    const { worker } = await play();
    turn(worker, { events: [["over", "completed"]] });
    await until(() => workers.length === 2);
    expect(workers[1]!.hearing("boot")[0]!.scene.sceneId).toBe("grid");
  });

  it("stops as the server says, in Python first", async () => {
    const { game, worker } = await play();
    game.message({ type: "state", started: true, paused: false, stopped: "abandoned" });
    game.message({ type: "state", started: true, paused: false, stopped: "abandoned" });
    expect(commands(worker)).toEqual(["stop abandoned", "start"]);
    game.message({ type: "state", started: true, paused: false, stopped: "over" });
    expect(worker.terminated).toBe(true);
  });
});

describe("a page that was opened again", () => {
  it("sends what the page before could not, then goes on from its snapshot", async () => {
    const first = await play();
    turn(first.worker, { records: ['{"kind":"game_start"}'] });
    await until(() => server.lines.length === 1);
    server.there = false;
    turn(first.worker, { records: STEPS });
    first.worker.say({ type: "snapshot", records: 2, bytes: new Uint8Array([5]) });
    window.dispatchEvent(new Event("pagehide"));
    expect(shelf.lines("g1")).toEqual(STEPS);
    first.game.stop();
    server.there = true;
    const second = await play();
    expect(server.lines).toEqual(['{"kind":"game_start"}', ...STEPS]);
    const [open] = second.worker.hearing("open");
    expect(open).toMatchObject({ next: 3, snapshot: new Uint8Array([5]) });
    expect(JSON.parse(open!.setup)).toMatchObject({ snapshot_records: 2 });
    const [history] = second.worker.hearing("history");
    expect(new TextDecoder().decode(await inflate(history!.data))).toBe(STEPS[1]);
    turn(second.worker, { records: ['{"kind":"restored"}'] });
    await until(() => server.lines.length === 4);
  });

  it("asks for everything when its snapshot is of no use", async () => {
    server.lines = [...STEPS];
    const { shelf: kept } = await shelf.open("g1");
    kept.keepSnapshot({ records: 1, bytes: new Uint8Array([5]) });
    resumes = false;
    await play();
    expect(server.saying("history")).toMatchObject([{ type: "history", from: 0 }]);
  });

  it.each([
    ["the server wants the episode to begin again", 1, false],
    ["the server does not have the records before it", 9, true],
  ])("leaves its snapshot aside when %s", async (_, records, snapshots) => {
    server.lines = [...STEPS];
    server.snapshots = snapshots;
    const { shelf: kept } = await shelf.open("g1");
    kept.keepSnapshot({ records, bytes: new Uint8Array([5]) });
    const { worker } = await play();
    expect(worker.hearing("open")[0]!.snapshot).toBeNull();
  });

  it("only sends what is left when the game is over by now", async () => {
    const { shelf: kept } = await shelf.open("g1");
    kept.keep({ first: 0, lines: STEPS });
    server.over = true;
    games.push(new BrowserGame(makeHost(), { standby, shelf }));
    await until(() => !shelf.rows.has("g1"));
    expect(server.lines).toEqual(STEPS);
    expect(workers).toEqual([]);
  });
});

describe("a lost connection", () => {
  it("lets the game wait at once, and go on as the server says when it is back", async () => {
    const { game, worker, host } = await play();
    game.message({ type: "state", started: true, paused: false, stopped: null });
    server.there = false;
    game.connection(false);
    expect(commands(worker)).toEqual(["start", "pause"]);
    expect(host.wait).toHaveBeenCalledOnce();
    turn(worker, { records: ['{"kind":"paused"}'] });
    server.there = true;
    Object.assign(server, { started: true, paused: true });
    game.connection(true);
    await until(() => server.lines.length === 1);
    expect(server.saying("hello").at(-1)).toMatchObject({ type: "hello", live: true });
    expect(commands(worker)).toEqual(["start", "pause"]);
    game.message({ type: "state", started: true, paused: false, stopped: null });
    expect(commands(worker)).toEqual(["start", "pause", "resume"]);
  });

  it("lets a game wait that a server which was started again has not started yet", async () => {
    server.started = true;
    const { game, worker } = await play();
    game.connection(false);
    server.started = false;
    game.connection(true);
    await until(() => server.saying("ready").length === 2);
    expect(commands(worker)).toEqual(["start", "pause"]);
    game.message({ type: "state", started: true, paused: false, stopped: null });
    expect(commands(worker)).toEqual(["start", "pause", "resume"]);
  });

  it("loads the game again when its scene was changed meanwhile, and loses nothing", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { game, worker } = await play();
    game.connection(false);
    turn(worker, { records: STEPS });
    server.pack = "car2.bin";
    manifest = { ...MANIFEST, scenes: [{ ...CAR, scene: { ...CAR.scene, url: "x/car2.bin" } }] };
    game.connection(true);
    await until(() => server.saying("ready").length === 2);
    expect(worker.terminated).toBe(true);
    expect(server.lines).toEqual(STEPS);
    expect(workers.at(-1)!.hearing("boot")[0]!.scene.scene.url).toBe("x/car2.bin");
    expect(workers.at(-1)!.hearing("open")[0]!.next).toBe(2);
  });

  it("is made up for by a server that forgot it: the game is ready, it hears again", async () => {
    const { game } = await play();
    game.connection(false);
    game.connection(true);
    await until(() => server.saying("ready").length === 2);
  });

  it("ends a game that the server ended meanwhile", async () => {
    const { game, worker } = await play();
    game.connection(false);
    server.over = true;
    game.connection(true);
    await until(() => worker.terminated);
  });

  it("while loading makes it ask again how the game stands", async () => {
    booting = { type: "progress", stage: "download", received: 0, total: 1 };
    const host = makeHost();
    const game = new BrowserGame(host, { standby, shelf });
    games.push(game);
    await until(() => workers[0]?.hearing("boot").length === 1);
    game.connection(false);
    server.lines = [...STEPS];
    game.connection(true);
    workers[0]!.say({ type: "booted", stages: [], stepMs: 4 });
    await until(() => server.saying("ready").length === 1);
    expect(workers[0]!.hearing("open")[0]!.next).toBe(2);
  });
});

describe("a game that another page goes on with", () => {
  let warned: string;
  beforeEach(() => {
    warned = "";
    vi.spyOn(console, "warn").mockImplementation((text: string) => void (warned += text));
  });
  const elsewhere = async (): Promise<void> => {
    await server.send({ type: "hello", live: false });
    server.lines.push('{"kind":"restored"}', '{"kind":"step","n":0}', '{"kind":"step","n":1}');
  };

  it("drops its own branch and begins again, when this page is back", async () => {
    const { game, worker } = await play();
    turn(worker, { records: ['{"kind":"game_start"}'] });
    await until(() => server.lines.length === 1);
    server.there = false;
    game.connection(false);
    turn(worker, { records: ['{"kind":"paused"}'] });
    server.there = true;
    await elsewhere();
    game.connection(true);
    await until(() => server.saying("ready").length === 2);
    expect(worker.terminated).toBe(true);
    expect(server.lines).toHaveLength(4);
    expect(shelf.lines("g1")).toEqual([]);
    expect(warned).toContain("1 rows");
    expect(workers.at(-1)!.hearing("open")[0]!.next).toBe(4);
    turn(workers.at(-1)!, { records: ['{"kind":"restored"}'] });
    await until(() => server.lines.length === 5);
  });

  it("is left alone by a page that is away", async () => {
    const { game, worker } = await play();
    await elsewhere();
    server.heard.length = 0;
    game.connection(false);
    turn(worker, { records: ['{"kind":"paused"}'] });
    await until(() => worker.terminated);
    await macrotask();
    expect(server.saying("hello")).toEqual([]);
  });

  it("is not continued from what an older page kept", async () => {
    const first = await play();
    server.there = false;
    turn(first.worker, { records: ['{"kind":"paused"}'] });
    first.worker.say({ type: "snapshot", records: 1, bytes: new Uint8Array([5]) });
    first.game.stop();
    server.there = true;
    await elsewhere();
    const second = await play();
    expect(server.lines).toHaveLength(3);
    expect(second.worker.hearing("open")[0]).toMatchObject({ next: 3, snapshot: null });
    expect(warned).toContain("1 rows");
  });
});

describe("what goes wrong", () => {
  beforeEach(() => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });

  it("is told with its traceback when the environment fails, after its last records", async () => {
    const { worker } = await play();
    turn(worker, { records: STEPS });
    turn(worker, {
      records: ['{"kind":"game_end"}'],
      events: [["failed", "ValueError: no", "Traceback …"]],
    });
    await until(() => server.saying("failed").length === 1);
    expect(server.saying("failed")).toMatchObject([
      { type: "failed", reason: "ValueError: no", detail: "Traceback …" },
    ]);
    await until(() => server.lines.length === 3);
    expect(worker.terminated).toBe(true);
  });

  it("is told without records when nothing was played, so that something else can play", async () => {
    const { worker } = await play();
    const end = '{"kind":"game_end","reason":"failed"}';
    turn(worker, { records: [end], events: [["failed", "ValueError: no", "Traceback …"]] });
    await until(() => server.saying("failed").length === 1);
    await macrotask();
    expect(server.saying("records")).toEqual([]);
  });

  it("is told when Python crashes", async () => {
    const { worker } = await play();
    worker.say({ type: "crashed", reason: "RangeError: out of memory", detail: "…" });
    await until(() => server.saying("failed").length === 1);
    expect(server.saying("failed")[0]).toMatchObject({ reason: "RangeError: out of memory" });
  });

  it("is told when a step never ends", async () => {
    const { worker } = await play();
    vi.useFakeTimers({ toFake: ["setInterval"] });
    worker.answersPings = false;
    const { worker: stuck } = await play();
    stuck.answersPings = false;
    vi.advanceTimersByTime(11_000);
    await until(() => server.saying("failed").length > 0);
    expect(server.saying("failed")[0]!["reason"]).toContain("10 seconds");
    expect(stuck.terminated).toBe(true);
  });

  it("is told when the server does not take the records", async () => {
    const { worker } = await play();
    server.refuse = "a step that cannot follow";
    turn(worker, { records: STEPS });
    turn(worker, { records: ['{"kind":"episode_end"}'] });
    await until(() => server.saying("failed").length === 1);
    expect(worker.terminated).toBe(true);
  });

  it("makes a game unplayable where the browser cannot run Python", async () => {
    vi.spyOn(capability, "missingCapability").mockReturnValue("WebAssembly");
    games.push(new BrowserGame(makeHost(), { standby, shelf }));
    await until(() => server.saying("unplayable").length === 1);
    expect(server.saying("unplayable")[0]!["reason"]).toContain("WebAssembly");
    expect(workers).toEqual([]);
  });

  it("makes a game unplayable that this device is too slow for, if something else can play it", async () => {
    booting = { type: "booted", stages: [], stepMs: 50 };
    games.push(new BrowserGame(makeHost(true), { standby, shelf }));
    await until(() => server.saying("unplayable").length === 1);
    expect(server.saying("unplayable")[0]!["reason"]).toContain("50 ms");
    expect(workers[0]!.terminated).toBe(true);
    await macrotask();
    expect(workers).toHaveLength(1);
    await play();
  });

  it("makes a game unplayable whose modules do not work in the browser", async () => {
    booting = { type: "boot_failed", reason: "ImportError: no x", detail: "…", temporary: false };
    games.push(new BrowserGame(makeHost(), { standby, shelf }));
    await until(() => server.saying("unplayable").length === 1);
    expect(server.saying("unplayable")[0]).toMatchObject({
      reason: "ImportError: no x",
      detail: "…",
    });
  });

  it("ends a game that had begun and cannot be loaded again", async () => {
    booting = { type: "boot_failed", reason: "ImportError: no x", detail: "…", temporary: false };
    server.lines = [...STEPS];
    games.push(new BrowserGame(makeHost(), { standby, shelf }));
    await until(() => server.saying("failed").length === 1);
    expect(server.saying("unplayable")).toEqual([]);
  });

  it("is tried again by itself, then as often as the participant wants, within reason", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    booting = { type: "boot_failed", reason: "network", detail: "", temporary: true };
    const host = makeHost();
    games.push(new BrowserGame(host, { standby, shelf }));
    await until(() => workers.length === 1);
    for (let count = 2; count <= 3; count++) {
      await until(() => workers.at(-1)!.terminated);
      await macrotask();
      await vi.advanceTimersByTimeAsync(4000);
      await until(() => workers.length === count);
    }
    await until(() => host.problem.mock.calls.length === 1);
    expect(host.problem.mock.lastCall![0]).toContain("check your connection");
    expect(workers[2]!.hearing("boot")[0]!.fresh).toBe(true);
    booting = { type: "booted", stages: [], stepMs: 4 };
    host.problem.mock.lastCall![1]!();
    await until(() => server.saying("ready").length === 1);
  });

  it("is tried again only by itself where something else can play", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    booting = { type: "boot_failed", reason: "network", detail: "", temporary: true };
    const host = makeHost(true);
    games.push(new BrowserGame(host, { standby, shelf }));
    for (let count = 1; count <= 3; count++) {
      await until(() => workers.length === count && workers.at(-1)!.terminated);
      await macrotask();
      if (count < 3) await vi.advanceTimersByTimeAsync(4000);
    }
    await until(() => server.saying("unplayable").length === 1);
    expect(server.saying("unplayable")[0]).toMatchObject({ reason: "network" });
    expect(host.problem).not.toHaveBeenCalled();
  });

  it("ends a page whose game another page plays by now", async () => {
    const first = await play();
    await play();
    turn(first.worker, { records: ['{"kind":"episode_end"}'] });
    await until(() => first.worker.terminated);
    expect(server.lines).toEqual([]);
  });

  it("ends with the page, and nothing is played afterwards", async () => {
    const { game, worker } = await play();
    game.stop();
    expect(worker.terminated).toBe(true);
    await macrotask();
    expect(workers).toHaveLength(1);
    game.input({ kind: "held", seq: 1, action: 1 });
    game.message({ type: "state", started: true, paused: false, stopped: null });
    expect(worker.hearing("input")).toEqual([]);
  });
});
