import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection, type ConnectionListener } from "../../src/net/connection.js";
import { ServerUnreachable, type SessionAnswer, SessionRefused } from "../../src/net/session.js";
import { PROTOCOL } from "../../src/protocol.js";
import { FakeSocket } from "../helpers/fake_socket.js";

const SESSION: SessionAnswer = { ticket: "next", protocol: PROTOCOL, title: "", modules: [] };

function setUp() {
  const socket = new FakeSocket();
  const open = vi.fn<() => Promise<SessionAnswer>>().mockResolvedValue(SESSION);
  const listener = {
    message: vi.fn<ConnectionListener["message"]>(),
    frame: vi.fn<ConnectionListener["frame"]>(),
    connected: vi.fn<() => void>(),
    lost: vi.fn<() => void>(),
    refused: vi.fn<ConnectionListener["refused"]>(),
    outdated: vi.fn<() => void>(),
  };
  const connection = new Connection(socket, open, listener);
  connection.start("first");
  return { socket, open, listener, connection };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Connection", () => {
  it("introduces itself with the ticket and the protocol's number", () => {
    const { socket } = setUp();
    expect(socket.auth).toEqual({ ticket: "first", protocol: PROTOCOL });
    expect(socket.connects).toBe(1);
  });

  it("comes back with a new ticket after a loss", async () => {
    const { socket, open, listener } = setUp();
    socket.open();
    socket.break();
    expect(listener.lost).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveBeenCalledOnce();
    expect(socket.auth).toEqual({ ticket: "next", protocol: PROTOCOL });
    expect(socket.connects).toBe(2);
  });

  it("keeps trying, with pauses that grow to at most eight seconds", async () => {
    const { socket, open } = setUp();
    vi.spyOn(Math, "random").mockReturnValue(1);
    open.mockRejectedValue(new ServerUnreachable("down"));
    socket.open();
    socket.break();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt++) {
      const start = Date.now();
      while (open.mock.calls.length < attempt) await vi.advanceTimersByTimeAsync(100);
      pauses.push(Date.now() - start);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  });

  it("tries again when the server does not accept the ticket", async () => {
    const { socket, open } = setUp();
    socket.receive("connect_error", new Error("ticket"));
    await vi.advanceTimersByTimeAsync(500);
    expect(open).toHaveBeenCalledOnce();
  });

  it("tries long polling first every other time, for networks that close WebSockets", async () => {
    const { socket } = setUp();
    const first: unknown[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      first.push((socket.io.opts.transports as string[])[0]);
      socket.break();
      await vi.advanceTimersByTimeAsync(8000);
    }
    expect(first).toEqual(["websocket", "polling", "websocket", "polling"]);
    socket.open();
    socket.break();
    await vi.advanceTimersByTimeAsync(8000);
    expect(socket.io.opts.transports).toEqual(["polling", "websocket"]);
  });

  it("starts from short pauses again after it stood", async () => {
    const { socket, open } = setUp();
    for (let round = 0; round < 3; round++) {
      socket.open();
      socket.break();
      await vi.advanceTimersByTimeAsync(500);
      expect(open).toHaveBeenCalledTimes(round + 1);
    }
  });

  it("gives up when the server turns it away, and says why", async () => {
    const { socket, open, listener } = setUp();
    const refusal = new SessionRefused({
      heading: "No",
      text: "The study is over.",
      redirect: null,
      code: null,
    });
    open.mockRejectedValue(refusal);
    socket.break();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveBeenCalledOnce();
    expect(listener.refused).toHaveBeenCalledWith(refusal);
  });

  it("asks for a reload when the server speaks another protocol by now", async () => {
    const { socket, open, listener } = setUp();
    open.mockResolvedValue({ ...SESSION, protocol: PROTOCOL + 1 });
    socket.break();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(listener.outdated).toHaveBeenCalledOnce();
    expect(socket.connects).toBe(1);
  });

  it("passes on messages that follow the protocol and no others", () => {
    const { socket, listener } = setUp();
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    socket.receive("redirect", { url: "https://a.test/" });
    socket.receive("redirect", { url: 3 });
    expect(listener.message.mock.calls).toEqual([["redirect", { url: "https://a.test/" }]]);
    expect(error).toHaveBeenCalledOnce();
  });

  it("passes on binary frames", () => {
    const { socket, listener } = setUp();
    socket.receive("frame", new Uint8Array([1, 2]).buffer);
    expect(listener.frame).toHaveBeenCalledWith(new Uint8Array([1, 2]));
  });

  it("asks, and hears the answer", async () => {
    const { socket, connection } = setUp();
    socket.open();
    const answer = connection.request("runtime", { game: "g", message: {} });
    const [event, body, acknowledge] = socket.sent.at(-1)!;
    expect([event, body]).toEqual(["runtime", { game: "g", message: {} }]);
    (acknowledge as (answer: unknown) => void)({ next: 1 });
    await expect(answer).resolves.toEqual({ next: 1 });
  });

  it("takes a question without an answer as not taken", async () => {
    const { socket, connection } = setUp();
    const body = { game: "g", message: {} };
    await expect(connection.request("runtime", body)).resolves.toBeNull();
    expect(socket.sent).toEqual([]);
    socket.open();
    const broken = connection.request("runtime", body);
    socket.break();
    await expect(broken).resolves.toBeNull();
    socket.open();
    const silent = connection.request("runtime", body);
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(silent).resolves.toBeNull();
    const closed = connection.request("runtime", body);
    connection.close();
    await expect(closed).resolves.toBeNull();
  });

  it("keeps messages for later, but not inputs and visibility", () => {
    const { socket, connection } = setUp();
    connection.send("draft", { visit: 1, answers: {} });
    connection.sendNow("visibility", { visible: false });
    connection.sendInput(new Uint8Array([1]));
    expect(socket.sent).toEqual([["draft", { visit: 1, answers: {} }]]);
    socket.open();
    connection.sendInput(new Uint8Array([2]));
    expect(socket.sent.at(-1)).toEqual(["input", new Uint8Array([2])]);
  });

  it("measures the round trip every two seconds and reports the last one", () => {
    const { socket, connection } = setUp();
    socket.open();
    const [event, before, acknowledge] = socket.lossy[0]! as [string, unknown, () => void];
    expect([event, before]).toEqual(["rtt", null]);
    vi.advanceTimersByTime(40);
    acknowledge();
    expect(connection.rttMs).toBe(40);
    vi.advanceTimersByTime(2000);
    expect(socket.lossy[1]!.slice(0, 2)).toEqual(["rtt", 40]);
    socket.break();
    expect(connection.rttMs).toBeNull();
  });

  it("measures every ten seconds while little depends on it", () => {
    const { socket, connection } = setUp();
    const measured = (milliseconds: number): number => {
      const before = socket.lossy.length;
      vi.advanceTimersByTime(milliseconds);
      return socket.lossy.length - before;
    };
    connection.measureSeldom(true);
    expect(measured(60_000)).toBe(0);
    socket.open();
    expect(measured(30_000)).toBe(3);
    connection.measureSeldom(false);
    expect(measured(20_000)).toBe(10);
    connection.measureSeldom(true);
    connection.measureSeldom(true);
    expect(measured(20_000)).toBe(2);
    connection.close();
    connection.measureSeldom(false);
    expect(measured(60_000)).toBe(0);
  });

  it("is silent once it is closed", async () => {
    const { socket, open, listener, connection } = setUp();
    socket.open();
    connection.close();
    socket.receive("redirect", { url: "x" });
    socket.break();
    connection.send("leave", { visit: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).not.toHaveBeenCalled();
    expect(listener.message).not.toHaveBeenCalled();
    expect(listener.lost).not.toHaveBeenCalled();
    expect(socket.sent).toEqual([]);
  });
});
