import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, type OutboxOwner } from "../src/outbox.js";
import { ServerHalf } from "../src/server_half.js";
import { FakeServer } from "./helpers/fake_server.js";
import { FakeShelf } from "./helpers/fake_shelf.js";
import { macrotask, until } from "./helpers/until.js";

let server: FakeServer;
let shelf: FakeShelf;
let half: ServerHalf;
const owner = {
  changed: vi.fn<OutboxOwner["changed"]>(),
  refused: vi.fn<OutboxOwner["refused"]>(),
};

async function open(next = 0): Promise<Outbox> {
  const { kept, shelf: gameShelf } = await shelf.open("g1");
  const outbox = new Outbox(next, gameShelf, {
    gatherMs: () => 1000,
    say: (message) => half.say(message),
    try: (message) => void server.send(message),
    pause: () => half.pause(),
    ...owner,
  });
  outbox.adopt(kept.batches);
  return outbox;
}

const steps = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `{"kind":"step","n":${from + index}}`);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  owner.changed.mockReset();
  owner.refused.mockReset();
  server = new FakeServer();
  shelf = new FakeShelf();
  half = new ServerHalf(server.send, () => {});
});
afterEach(() => {
  half.close();
  vi.useRealTimers();
});

/** Let time pass. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await macrotask();
}

/** Wait until the server has so many records. */
const has = (count: number): Promise<void> =>
  until(() => server.lines.length === count, `the server has ${server.lines.length} records`);

describe("Outbox", () => {
  it("sends what gathers in a second as one message", async () => {
    const outbox = await open();
    for (let step = 0; step < 30; step++) outbox.add(steps(step, step + 1), false);
    await pass(900);
    expect(server.heard).toEqual([]);
    await pass(200);
    await until(() => outbox.unacknowledged === 0);
    expect(server.saying("records")).toHaveLength(1);
    expect(server.lines).toEqual(steps(0, 30));
  });

  it("gathers no more than a page could still send in its last moment", async () => {
    const outbox = await open();
    const long = (count: number): string[] => Array<string>(count).fill("x".repeat(30_000));
    outbox.add(long(5), false);
    outbox.hurry();
    expect(server.saying("records")).toHaveLength(1);
    await has(5);
    outbox.add(long(1), false);
    await until(() => outbox.unacknowledged === 0);
    expect(server.lines).toEqual(long(6));
    outbox.add(long(5), false);
    await macrotask();
    expect(outbox.unacknowledged).toBe(5);
  });

  it("sends what is urgent at once, after everything before it", async () => {
    const outbox = await open();
    outbox.add(steps(0, 3), false);
    outbox.add(['{"kind":"episode_end"}'], true);
    await has(4);
    expect(server.lines).toEqual([...steps(0, 3), '{"kind":"episode_end"}']);
  });

  it("keeps what is new a moment later, long before it is sent", async () => {
    const outbox = await open();
    outbox.add(steps(0, 3), false);
    expect(shelf.lines("g1")).toEqual([]);
    await pass(200);
    expect(shelf.lines("g1")).toEqual(steps(0, 3));
    outbox.add(steps(3, 4), false);
    await pass(200);
    expect(shelf.lines("g1")).toEqual(steps(0, 4));
    expect(server.heard).toEqual([]);
  });

  it("does not send each step by itself because a message was under way", async () => {
    const outbox = await open();
    outbox.add(steps(0, 1), true);
    for (let step = 1; step < 20; step++) {
      outbox.add(steps(step, step + 1), false);
      await pass(30);
    }
    await until(() => server.saying("records").length === 1);
    await pass(1000);
    await has(20);
    expect(server.saying("records")).toHaveLength(2);
    expect(server.lines).toEqual(steps(0, 20));
  });

  it("keeps until it is acknowledged what it sends", async () => {
    const outbox = await open();
    server.there = false;
    outbox.add(steps(0, 5), true);
    await pass(0);
    expect(shelf.lines("g1")).toEqual(steps(0, 5));
    server.there = true;
    half.awake();
    await pass(1000);
    await until(() => outbox.unacknowledged === 0);
    expect(server.lines).toEqual(steps(0, 5));
    expect(shelf.lines("g1")).toEqual([]);
    expect(owner.changed.mock.lastCall).toEqual([0]);
  });

  it("sends again what the server has without having said so, and each record counts once", async () => {
    const outbox = await open();
    server.swallow = true;
    outbox.add(steps(0, 5), true);
    await has(5);
    outbox.add(steps(5, 8), false);
    server.swallow = false;
    await pass(2000);
    await until(() => outbox.unacknowledged === 0);
    expect(server.lines).toEqual(steps(0, 8));
  });

  it("takes over what an earlier page could not send, whatever of it the server has", async () => {
    server.there = false;
    const earlier = await open();
    earlier.add(steps(0, 4), true);
    earlier.add(steps(4, 9), true);
    earlier.close();
    server.there = true;
    server.lines = steps(0, 2);
    const outbox = await open(2);
    expect([outbox.next, outbox.unacknowledged]).toEqual([9, 7]);
    await outbox.drained();
    expect(server.lines).toEqual(steps(0, 9));
    expect(shelf.lines("g1")).toEqual([]);
  });

  it("does not take over what does not join on to what the server has", async () => {
    const { shelf: kept } = await shelf.open("g1");
    kept.keep({ first: 5, lines: steps(5, 7) });
    const outbox = new Outbox(3, kept, { ...half, ...owner } as never);
    const { kept: again } = await shelf.open("g1");
    expect(outbox.adopt(again.batches)).toBe(false);
    expect([outbox.next, outbox.unacknowledged]).toEqual([3, 0]);
  });

  it("splits what is too long for one message", async () => {
    const outbox = await open();
    const long = Array.from(
      { length: 20 },
      (_, index) => `{"kind":"step","n":"${String(index).repeat(30_000)}"}`,
    );
    outbox.add(long, true);
    await outbox.drained();
    expect(server.lines).toEqual(long);
    expect(server.saying("records").length).toBeGreaterThan(2);
  });

  it("says so when a single record is too long for any message", async () => {
    const outbox = await open();
    let noise = "";
    while (noise.length < 800_000) {
      noise += String.fromCharCode(...crypto.getRandomValues(new Uint8Array(8000)));
    }
    outbox.add([noise], true);
    await until(() => owner.refused.mock.calls.length > 0);
    expect(server.heard).toEqual([]);
  });

  it("stops for good when the server refuses", async () => {
    const outbox = await open();
    server.refuse = "a step that cannot follow";
    outbox.add(steps(0, 5), true);
    await until(() => owner.refused.mock.calls.length > 0);
    expect(owner.refused).toHaveBeenCalledExactlyOnceWith("a step that cannot follow");
    outbox.add(steps(5, 9), true);
    await pass(5000);
    expect(server.saying("records")).toHaveLength(1);
    await outbox.drained();
  });

  it("says so when the server lost what it had", async () => {
    const outbox = await open();
    outbox.add(steps(0, 5), true);
    await until(() => outbox.unacknowledged === 0);
    server.lines = steps(0, 3);
    outbox.add(steps(5, 6), true);
    await until(() => owner.refused.mock.calls.length > 0);
  });

  it("asks again after a pause when nothing was taken", async () => {
    const outbox = await open();
    const send = server.send;
    let full = true;
    half = new ServerHalf(
      (message) => (full ? Promise.resolve({ next: 0 }) : send(message)),
      () => {},
    );
    outbox.add(steps(0, 2), true);
    await pass(100);
    full = false;
    await pass(1000);
    await has(2);
    expect(server.lines).toEqual(steps(0, 2));
  });

  it("hands everything over without waiting when the page may be gone in a moment", async () => {
    const outbox = await open();
    outbox.add(steps(0, 4), false);
    outbox.hurry();
    expect(shelf.lines("g1")).toEqual(steps(0, 4));
    expect(server.saying("records")).toHaveLength(1);
    await has(4);
  });

  it("knows what the server has from what it says after a break", async () => {
    const outbox = await open();
    server.there = false;
    outbox.add(steps(0, 4), true);
    await pass(0);
    outbox.acknowledge(3);
    expect([outbox.unacknowledged, outbox.next]).toEqual([1, 4]);
  });
});
