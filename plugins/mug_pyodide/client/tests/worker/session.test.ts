import { afterEach, describe, expect, it, vi } from "vitest";
import { deflate } from "../../src/deflate.js";
import type { FromWorker } from "../../src/messages.js";
import type { Turn } from "../../src/turn.js";
import { Session, type SessionSurroundings } from "../../src/worker/session.js";
import { FakePlayer, IDLE } from "../helpers/fake_player.js";
import { macrotask, until } from "../helpers/until.js";

const READY: Turn = { ...IDLE, events: [["ready", 0]] };
const OVER: Turn = { ...IDLE, records: ["{}"], events: [["over", "completed"]] };
const step = (fields: Partial<Turn> = {}): Turn => ({
  ...IDLE,
  records: ['{"kind":"step"}'],
  ...fields,
});

let player: FakePlayer;
let posted: FromWorker[];
let session: Session;
const infer = vi.fn<SessionSurroundings["infer"]>();

async function open(turns: Turn[], snapshot: Uint8Array | null = null): Promise<void> {
  player = new FakePlayer();
  player.turns = turns;
  posted = [];
  session = new Session(player, {
    post: (message) => void posted.push(message),
    bytes: (content) => content,
    infer,
  });
  session.receive({ type: "open", setup: '{"seed":7}', next: 4, snapshot, checkpoint: null });
  session.receive({ type: "history", data: await deflate("a\nb"), last: false });
  session.receive({ type: "history", data: await deflate("c"), last: true });
}

const ofType = <T extends FromWorker["type"]>(type: T) =>
  posted.filter((message): message is Extract<FromWorker, { type: T }> => message.type === type);
const turned = (): Turn[] => ofType("turn").map(({ text }) => JSON.parse(text) as Turn);

afterEach(() => {
  infer.mockReset();
});

describe("Session", () => {
  it("opens the game, hands over the records in order, and then takes turns", async () => {
    await open([READY, OVER].map((turn, index) => ({ ...turn, due: index === 0 ? 0 : null })));
    await until(() => turned().length === 2);
    expect(player.calls.slice(0, 4).map(([name, value]) => [name, value])).toEqual([
      ["open", { seed: 7 }],
      ["take_history", "a\nb"],
      ["take_history", "c"],
      ["turn", expect.any(Number)],
    ]);
    expect(posted[0]).toEqual({ type: "opened", resumed: false });
  });

  it("takes no turn before it has all records, whatever comes meanwhile", async () => {
    player = new FakePlayer();
    player.turns = [READY];
    posted = [];
    session = new Session(player, {
      post: (message) => void posted.push(message),
      bytes: (content) => content,
      infer,
    });
    const { port1, port2 } = new MessageChannel();
    session.receive({ type: "open", setup: "{}", next: 4, snapshot: null, checkpoint: null });
    session.receive({ type: "peer", peer: 1, port: port2 });
    session.receive({ type: "command", name: "away", argument: "[]" });
    port1.postMessage(new Uint8Array([1]).buffer);
    await until(() => player.told("receive").length === 1 && player.told("command").length === 1);
    session.receive({ type: "history", data: await deflate("a"), last: false });
    await until(() => player.told("take_history").length === 1);
    await macrotask();
    expect(player.told("turn")).toEqual([]);
    session.receive({ type: "history", data: await deflate("b"), last: true });
    await until(() => turned().length === 1);
    expect(player.told("take_history")).toHaveLength(2);
    port1.close();
  });

  it("says whether the game stands where the snapshot was taken", async () => {
    await open([], new Uint8Array([9]));
    expect(posted[0]).toEqual({ type: "opened", resumed: true });
    expect(player.told("take_snapshot")).toEqual([[new Uint8Array([9])]]);
    player = new FakePlayer();
  });

  it("says nothing of turns in which nothing happened", async () => {
    await open([{ ...IDLE, due: 0 }, { ...IDLE, due: 0 }, READY]);
    await until(() => turned().length === 1);
    expect(turned()[0]!.events).toEqual([["ready", 0]]);
  });

  it("passes on what the participant does, without a turn of its own", async () => {
    await open([READY]);
    await until(() => turned().length === 1);
    const turns = player.told("turn").length;
    session.receive({ type: "input", kind: 3, seq: 8, action: 2, x: 1.5, y: 2.5 });
    await macrotask();
    expect(player.told("input")).toEqual([[3, 8, 2, 1.5, 2.5]]);
    expect(player.told("turn")).toHaveLength(turns);
  });

  it("takes a turn when there is a command", async () => {
    await open([READY]);
    await until(() => turned().length === 1);
    player.turns = [step()];
    session.receive({ type: "command", name: "stop", argument: "abandoned" });
    await until(() => turned().length === 2);
    expect(player.told("command")).toEqual([["stop", "abandoned"]]);
  });

  it("takes no more turns once the game is over", async () => {
    await open([OVER]);
    await until(() => turned().length === 1);
    session.receive({ type: "command", name: "pause", argument: "" });
    await macrotask();
    await macrotask();
    expect(player.told("turn")).toHaveLength(1);
  });

  it("lets models answer before the next turn", async () => {
    const wanted = {
      model: "m",
      outputs: ["y"],
      inputs: { x: { dtype: "float32", shape: [1, 3] } },
    };
    let release = (): void => {};
    const answered = new Promise<void>((resolve) => (release = resolve));
    infer.mockImplementation(async (_, feed) => {
      const numbers = feed("x");
      await answered;
      return [[numbers, [1, 3]]];
    });
    await open([step({ due: 0, infer: [wanted, wanted] })]);
    await until(() => turned().length === 1);
    session.receive({ type: "command", name: "pause", argument: "" });
    await macrotask();
    expect(player.told("turn")).toHaveLength(1);
    player.turns = [step()];
    release();
    await until(() => turned().length === 2);
    expect(player.told("answer")).toEqual([
      [0, [[new Float32Array([0, 2, 3]), [1, 3]]]],
      [1, [[new Float32Array([1, 2, 3]), [1, 3]]]],
    ]);
  });

  it("keeps a snapshot now and then, with the number of records it stands after", async () => {
    await open([{ ...READY, due: 0 }, step({ due: 0 }), step({ due: 0 }), step()]);
    await until(() => turned().length === 4);
    expect(ofType("snapshot")).toEqual([
      { type: "snapshot", records: 5, bytes: new Uint8Array([1, 2, 3]) },
    ]);
    session.receive({ type: "snapshot" });
    expect(ofType("snapshot").at(-1)).toMatchObject({ records: 7 });
  });

  it("asks no more for snapshots where there are none", async () => {
    await open([{ ...READY, due: 0 }]);
    player.state = new Uint8Array();
    await until(() => turned().length === 1);
    session.receive({ type: "snapshot" });
    session.receive({ type: "snapshot" });
    expect(player.told("snapshot")).toHaveLength(1);
    expect(ofType("snapshot")).toEqual([]);
  });

  it("takes no snapshot before the game stands", async () => {
    await open([]);
    await macrotask();
    session.receive({ type: "snapshot" });
    expect(player.told("snapshot")).toEqual([]);
  });

  it("says so when Python itself does not work any more, once", async () => {
    await open([READY]);
    await until(() => turned().length === 1);
    player.fault = new Error("Traceback\n  somewhere\nMemoryError: no more");
    session.receive({ type: "command", name: "resume", argument: "" });
    await until(() => ofType("crashed").length > 0);
    expect(ofType("crashed")).toEqual([
      {
        type: "crashed",
        reason: "MemoryError: no more",
        detail: "Error: Traceback\n  somewhere\nMemoryError: no more",
      },
    ]);
    session.receive({ type: "command", name: "resume", argument: "" });
    await macrotask();
    expect(ofType("crashed")).toHaveLength(1);
  });

  it("says so when a model does not work", async () => {
    infer.mockRejectedValue(new Error("bad shape"));
    await open([step({ infer: [{ model: "m", outputs: [], inputs: {} }] })]);
    await until(() => ofType("crashed").length > 0);
    expect(ofType("crashed")[0]).toMatchObject({ reason: "Error: bad shape" });
  });

  it("measures what a step takes, and what the way from one language to the other does", async () => {
    await open([
      step({ spent_ms: 0.25, frame: { kind: "delta", episode: 1, frame: 1, step: 1, ack: 0 } }),
    ]);
    await until(() => turned().length === 1);
    expect(ofType("turn")[0]).toMatchObject({ stepMs: 0.25, crossingMs: expect.any(Number) });
  });
});

describe("a session with others", () => {
  async function meet(turns: Turn[]): Promise<MessagePort> {
    await open(turns);
    await until(() => turned().length === 1);
    const { port1, port2 } = new MessageChannel();
    session.receive({ type: "peer", peer: 2, port: port2 });
    return port1;
  }

  it("gives Python what arrives, takes a turn for it, and sends what that returns", async () => {
    const port = await meet([READY]);
    const heard: ArrayBuffer[] = [];
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => heard.push(data);
    player.turns = [{ ...IDLE, packets: [[2, btoa("\x01\x02")]], notes: ["note"] }];
    port.postMessage(new Uint8Array([5]).buffer);
    await until(() => heard.length === 1);
    expect(player.told("receive")).toEqual([[2, new Uint8Array([5])]]);
    expect([...new Uint8Array(heard[0]!)]).toEqual([1, 2]);
    expect(turned().at(-1)!.notes).toEqual(["note"]);
    port.close();
  });

  it("says what a page needs that returns, and hears it when it returns itself", async () => {
    await open([READY]);
    await until(() => turned().length === 1);
    session.receive({ type: "checkpoint" });
    expect(ofType("checkpoint")).toEqual([
      { type: "checkpoint", records: 4, bytes: new Uint8Array([1, 2, 3]) },
    ]);
    const checkpoint = new Uint8Array([6]);
    session.receive({ type: "open", setup: "{}", next: 0, snapshot: null, checkpoint });
    expect(player.told("take_checkpoint")).toEqual([[checkpoint]]);
  });
});
