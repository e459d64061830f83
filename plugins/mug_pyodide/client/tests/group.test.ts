import type { GameHost, Peers, PeersHost, RuntimeMessage } from "@mug/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserGame } from "../src/browser_game.js";
import * as capability from "../src/capability.js";
import type { ToWorker } from "../src/messages.js";
import { notesOf } from "../src/shelf.js";
import { Standby } from "../src/standby.js";
import type { Turn } from "../src/turn.js";
import { FakeServer } from "./helpers/fake_server.js";
import { FakeShelf } from "./helpers/fake_shelf.js";
import { IDLE } from "./helpers/fake_player.js";
import { FakeWorker } from "./helpers/fake_worker.js";
import { MANIFEST } from "./helpers/manifest.js";
import { macrotask, until } from "./helpers/until.js";

const OFFER = { me: 0, seats: ["ann", "bob"] };
const STEP = '{"kind":"step","n":0}';
const RUNNING = { type: "state", started: true, paused: false, stopped: null };

let server: FakeServer;
let shelf: FakeShelf;
let workers: FakeWorker[];
let games: BrowserGame[];
let scenes: typeof MANIFEST.scenes;
let peers: {
  host: PeersHost;
  offer: RuntimeMessage;
  half: { [K in keyof Peers]: ReturnType<typeof vi.fn> };
}[];

function makeHost() {
  return {
    game: "g1",
    page: { fps: 30, raw: {} } as unknown as GameHost["page"],
    send: server.send,
    draw: vi.fn<GameHost["draw"]>(),
    hud: vi.fn<GameHost["hud"]>(),
    peers: (host: PeersHost, offer: RuntimeMessage) => {
      const half = { message: vi.fn(), packet: vi.fn(), connection: vi.fn(), stop: vi.fn() };
      peers.push({ host, offer, half });
      return half as unknown as Peers;
    },
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
  if (message.type === "boot") worker.say({ type: "booted", stages: [], stepMs: 4 });
  if (message.type === "open") worker.say({ type: "opened", resumed: message.snapshot !== null });
  if (message.type === "history" && message.last) turn(worker, { events: [["ready", 0]] });
  if (message.type === "checkpoint") {
    worker.say({ type: "checkpoint", records: 2, bytes: new Uint8Array([7]) });
  }
}

function turn(worker: FakeWorker, fields: Partial<Turn>): void {
  worker.say({
    type: "turn",
    text: JSON.stringify({ ...IDLE, ...fields }),
    stepMs: 1,
    crossingMs: 1,
  });
}

async function play() {
  const host = makeHost();
  const ready = server.saying("ready").length;
  const game = new BrowserGame(host, {
    shelf,
    standby: new Standby(
      () => Promise.resolve({ ...MANIFEST, scenes }),
      () => {
        const worker = new FakeWorker();
        worker.answersPings = true;
        worker.reply = (message) => respond(worker, message);
        workers.push(worker);
        return worker;
      },
    ),
  });
  games.push(game);
  await until(() => server.saying("ready").length > ready, "the game was never ready");
  const { host: peersHost, offer, half } = peers.at(-1)!;
  return { host, game, worker: workers.at(-1)!, peersHost, offer, half };
}

const commands = (worker: FakeWorker): string[] =>
  worker.hearing("command").map(({ name, argument }) => `${name} ${argument}`.trim());

beforeEach(() => {
  vi.spyOn(capability, "missingCapability").mockReturnValue(null);
  server = new FakeServer();
  server.greeting = { peers: OFFER, notes: 3, keeps: true, away: [1], taken: [] };
  server.greeting["open"] = { game_id: "g1", scene_id: "car", scene_pack: "car.bin", seat: "ann" };
  server.answers = { begin: { records: 0, data: null, snapshots: true } };
  shelf = new FakeShelf();
  workers = [];
  games = [];
  scenes = MANIFEST.scenes;
  peers = [];
});
afterEach(() => {
  for (const game of games) game.stop();
});

describe("a game that several pages play", () => {
  it("opens with what the transport offers, and connects the worker to other pages", async () => {
    const { worker, offer, peersHost } = await play();
    const setup = JSON.parse(worker.hearing("open")[0]!.setup) as Record<string, unknown>;
    expect(setup).toMatchObject({ seat: "ann", peers: OFFER, notes: 3 });
    expect(offer).toEqual(OFFER);
    const { port1 } = new MessageChannel();
    peersHost.link(1, port1);
    peersHost.link(1, null);
    expect(worker.hearing("peer")).toEqual([
      { type: "peer", peer: 1, port: port1 },
      { type: "peer", peer: 1, port: null },
    ]);
    expect(peersHost.game).toBe("g1");
  });

  it("stands between a worker and a channel that cannot be handed over", async () => {
    const { worker, peersHost } = await play();
    const channel = { readyState: "open", bufferedAmount: 0, send: vi.fn(), close: vi.fn() };
    peersHost.link(1, channel as unknown as RTCDataChannel);
    const { port } = worker.hearing("bridge")[0]!;
    const heard: unknown[] = [];
    port.onmessage = ({ data }) => heard.push(data);
    await until(() => heard.length === 1);
    const packet = new Uint8Array([1, 2]).buffer;
    (channel as unknown as { onmessage(event: unknown): void }).onmessage({ data: packet });
    port.postMessage(packet);
    await until(() => heard.length === 2 && channel.send.mock.calls.length === 1);
    expect(heard).toEqual(["open", packet]);
    (channel as unknown as { onclose(): void }).onclose();
    await until(() => heard.length === 3);
    expect(heard[2]).toBe("closed");
  });

  it("lets the transport's halves talk to each other", async () => {
    const { game, host, half, peersHost } = await play();
    server.answers["peers"] = { fine: true };
    expect(await peersHost.send({ hi: 1 })).toEqual({ fine: true });
    expect(server.saying("peers")[0]).toMatchObject({ message: { hi: 1 }, generation: 1 });
    server.answers["peers"] = null;
    expect(await peersHost.send({ hi: 2 })).toBeNull();
    game.message({ type: "peers", message: { hi: 3 } });
    game.frame(new Uint8Array([4]));
    game.connection(false);
    expect(half.message).toHaveBeenCalledWith({ hi: 3 });
    expect(half.packet).toHaveBeenCalledWith(new Uint8Array([4]));
    expect(half.connection).toHaveBeenCalledWith(false);
    peersHost.sendPacket(new Uint8Array([5]));
    expect(host.sendPacket).toHaveBeenCalledWith(new Uint8Array([5]));
  });

  it("tells Python who is away and who is replaced, each thing once, before the game starts", async () => {
    const { game, worker } = await play();
    const taken = [["bob", ["takeover"]]];
    game.message({ ...RUNNING, away: [1], taken: [] });
    game.message({ ...RUNNING, away: [], taken });
    game.message({ ...RUNNING, away: [], taken });
    expect(commands(worker)).toEqual([
      "away [1]",
      "start",
      'take_over ["bob",["takeover"]]',
      "away []",
    ]);
  });

  it("tells Python that its player was away, from the beginning or after a break", async () => {
    server.greeting["returned"] = true;
    const { game, worker } = await play();
    const [open] = worker.hearing("open");
    expect(JSON.parse(open!.setup)).toMatchObject({ returned: true });
    expect(commands(worker)).not.toContain("returned null");
    game.connection(false);
    game.connection(true);
    await until(() => commands(worker).includes("returned null"));
  });

  it("sends its notes beside its records, keeps both, and reports figures", async () => {
    const { worker, host, game } = await play();
    server.there = false;
    turn(worker, {
      records: [STEP],
      notes: ['{"kind":"netplay"}'],
      figures: { confirmedFrame: 7, rollbacks: 2 },
    });
    expect(host.report).toHaveBeenCalledWith({ confirmedFrame: 7, rollbacks: 2 });
    window.dispatchEvent(new Event("pagehide"));
    expect(shelf.lines("g1")).toEqual([STEP]);
    expect(shelf.lines(notesOf("g1"))).toEqual(['{"kind":"netplay"}']);
    server.there = true;
    game.message({ ...RUNNING, stopped: "player_left", away: [], taken: [] });
    server.answers["notes"] = { next: 4 };
    await until(() => server.saying("stopped").length === 1);
    expect(server.lines).toEqual([STEP]);
    expect(server.saying("notes")[0]).toMatchObject({ first: 3 });
  });
});

describe("how far pages are", () => {
  it("is passed on to the server, which decides whether they can play", async () => {
    const { worker } = await play();
    turn(worker, { events: [["links", [[1, 30.5]]]] });
    await until(() => server.saying("links").length === 1);
    expect(server.saying("links")[0]).toMatchObject({ links: [[1, 30.5]], generation: 1 });
  });
});

describe("where a page begins", () => {
  it("is what another page says, once it has", async () => {
    server.lines = [STEP, STEP];
    server.answers["begin"] = { wait: true };
    const playing = play();
    await until(() => server.saying("begin").length === 1);
    expect(workers[0]!.hearing("open")).toEqual([]);
    server.answers["begin"] = { records: 2, data: new Uint8Array([9]), snapshots: true };
    await until(() => {
      games[0]!.message({ type: "checkpoint", records: 2 });
      return server.saying("begin").length === 2;
    });
    const { worker } = await playing;
    expect(worker.hearing("open")[0]).toMatchObject({ next: 2, checkpoint: new Uint8Array([9]) });
  });

  it("uses what this browser saved on the way there", async () => {
    server.lines = [STEP, STEP];
    server.answers["begin"] = { records: 2, data: null, snapshots: true };
    const { shelf: kept } = await shelf.open("g1");
    kept.keepSnapshot({ records: 1, bytes: new Uint8Array([5]) });
    const { worker } = await play();
    expect(worker.hearing("open")[0]).toMatchObject({ next: 2, snapshot: new Uint8Array([5]) });
    expect(server.saying("history")[0]).toMatchObject({ from: 1 });
  });

  it("is before what this page has beyond the others", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    server.lines = [STEP];
    server.greeting["keeps"] = false;
    server.answers["begin"] = { records: 1, data: null, snapshots: true };
    const { shelf: kept } = await shelf.open("g1");
    kept.keep({ first: 1, lines: [STEP, STEP] });
    const { worker } = await play();
    expect(worker.hearing("open")[0]!.next).toBe(1);
    turn(worker, { records: ['{"kind":"episode_end"}'] });
    await until(() => server.lines.length === 2);
    expect(server.lines[1]).toBe('{"kind":"episode_end"}');
  });

  it("is said to others when the server has every record before it", async () => {
    const { worker, game } = await play();
    server.there = false;
    turn(worker, { records: [STEP, STEP] });
    game.message({ type: "checkpoint_wanted", for: 1 });
    await macrotask();
    expect(server.saying("checkpoint")).toEqual([]);
    server.there = true;
    game.connection(true);
    await until(() => server.saying("checkpoint").length === 1);
    expect(server.lines).toHaveLength(2);
    expect(server.saying("checkpoint")[0]).toMatchObject({ records: 2, data: new Uint8Array([7]) });
  });

  it("is asked anew when the others are elsewhere", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { worker, game, half } = await play();
    game.message({ type: "again" });
    await until(() => server.saying("ready").length === 2);
    expect(worker.terminated).toBe(true);
    expect(half.stop).toHaveBeenCalledOnce();
    expect(server.saying("hello").filter(({ live }) => live === false)).toHaveLength(2);
    expect(peers).toHaveLength(2);
  });
});

describe("after a lost connection", () => {
  it("every record is still compared, although others have brought them", async () => {
    const { worker, game } = await play();
    server.there = false;
    game.connection(false);
    turn(worker, { records: [STEP, STEP] });
    server.lines = [STEP, STEP, STEP];
    server.there = true;
    game.connection(true);
    await until(() => server.saying("records").length === 1);
    expect(server.saying("records")[0]).toMatchObject({ first: 0 });
    expect(worker.terminated).toBe(false);
  });

  it("a page that loads a changed scene lets go of all that it was", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const { worker, game } = await play();
    server.there = false;
    game.connection(false);
    turn(worker, { notes: ['{"kind":"netplay"}'] });
    const open = server.greeting["open"] as RuntimeMessage;
    server.greeting["open"] = { ...open, scene_pack: "car2.bin" };
    const [car] = MANIFEST.scenes;
    scenes = [{ ...car!, scene: { ...car!.scene, url: "x/car2.bin" } }];
    server.answers["notes"] = { next: 4 };
    server.there = true;
    game.connection(true);
    await until(() => server.saying("ready").length === 2);
    expect(server.saying("notes")).toHaveLength(1);
    expect(server.saying("hello").filter(({ live }) => live === false)).toHaveLength(2);
    await macrotask();
    expect(workers.filter(({ terminated }) => !terminated)).toHaveLength(1);
  });

  it("a page whose seat is a policy's by now plays no more", async () => {
    const { worker, game, half } = await play();
    game.message({ ...RUNNING, away: [], taken: [["ann", ["takeover"]]] });
    expect(worker.terminated).toBe(true);
    expect(half.stop).toHaveBeenCalledOnce();
  });
});
