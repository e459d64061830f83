import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Leftovers } from "../src/leftovers.js";
import { FakeServer } from "./helpers/fake_server.js";
import { FakeShelf } from "./helpers/fake_shelf.js";
import { until } from "./helpers/until.js";

const LINES = ['{"kind":"step","n":0}', '{"kind":"step","n":1}'];
const DAY = 24 * 60 * 60 * 1000;
let server: FakeServer;
let shelf: FakeShelf;
let leftovers: Leftovers;
const left = vi.fn<(games: number) => void>();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  server = new FakeServer();
  shelf = new FakeShelf();
  const { shelf: earlier } = await shelf.open("earlier");
  earlier.belongs(3);
  server.generation = 3;
  earlier.keep({ first: 0, lines: LINES });
  left.mockReset();
  leftovers = new Leftovers(shelf, (_, message) => server.send(message), left);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Leftovers", () => {
  it("are sent once the page had the time to take its game back", async () => {
    void leftovers.begin();
    await vi.advanceTimersByTimeAsync(4000);
    expect(server.heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    await until(() => left.mock.calls.length === 2);
    expect(shelf.rows.has("earlier")).toBe(false);
    expect(server.lines).toEqual(LINES);
    expect(left.mock.calls).toEqual([[1], [0]]);
  });

  it("are left to the game itself when the page shows it", async () => {
    leftovers.leaveAlone("earlier");
    const sent = leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    await sent;
    expect(server.heard).toEqual([]);
  });

  it("stay when the server does not take them now", async () => {
    server.there = false;
    const sent = leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    for (let minute = 0; minute < 2; minute++) await vi.advanceTimersByTimeAsync(60_000);
    await sent;
    expect(shelf.lines("earlier")).toEqual(LINES);
  });

  it("go away when the server will never take them", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    server.refuse = "no such game";
    void leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    await until(() => !shelf.rows.has("earlier"));
  });

  it("go away when another page has gone on with the game", async () => {
    server.generation = 4;
    void leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    await until(() => !shelf.rows.has("earlier"));
    expect(server.lines).toEqual([]);
  });

  it("are nothing but a snapshot for a while, for somebody who may come back", async () => {
    shelf.rows.get("earlier")!.batches = [];
    const soon = leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    await soon;
    expect(shelf.rows.has("earlier")).toBe(true);
    shelf.rows.get("earlier")!.openedAt = Date.now() - 8 * DAY;
    const late = leftovers.begin();
    await vi.advanceTimersByTimeAsync(5000);
    await late;
    expect(shelf.rows.has("earlier")).toBe(false);
  });
});
