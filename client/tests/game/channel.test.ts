import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ChannelOwner, FrameChannel } from "../../src/game/channel.js";
import { FakeWebSocket } from "../helpers/fake_web_socket.js";

const OFFER = { url: "-/frames", ticket: "secret" };
const BYTES = new Uint8Array([1, 2, 3]);

function setUp(base = "https://lab.test/exp/") {
  const owner = {
    sendFallback: vi.fn<ChannelOwner["sendFallback"]>(),
    frame: vi.fn<ChannelOwner["frame"]>(),
    switched: vi.fn<ChannelOwner["switched"]>(),
  };
  return { owner, channel: new FrameChannel(new URL(base), owner) };
}

const socket = (index = 0): FakeWebSocket => FakeWebSocket.made[index]!;

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  vi.stubGlobal("WebSocket", FakeWebSocket);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("FrameChannel", () => {
  it.each([
    ["https://lab.test/exp/", "wss://lab.test/exp/-/frames"],
    ["http://localhost:8000/", "ws://localhost:8000/-/frames"],
  ])("connects below the page %s", (base, url) => {
    setUp(base).channel.offer(OFFER);
    expect(socket().url).toBe(url);
    expect(socket().binaryType).toBe("arraybuffer");
  });

  it("uses the control connection until the WebSocket stands", () => {
    const { owner, channel } = setUp();
    channel.send(BYTES);
    channel.offer(OFFER);
    channel.send(BYTES);
    expect(owner.sendFallback).toHaveBeenCalledTimes(2);
    expect(socket().sent).toEqual([]);
  });

  it("proves whose it is with its first message, then carries bytes both ways", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    socket().open();
    channel.send(BYTES);
    expect(socket().sent).toEqual(["secret", BYTES]);
    expect(owner.switched).toHaveBeenCalledExactlyOnceWith("websocket");
    socket().receive(BYTES.buffer);
    expect(owner.frame).toHaveBeenCalledWith(BYTES);
    expect(owner.sendFallback).not.toHaveBeenCalled();
  });

  it("falls back when the WebSocket breaks", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    socket().open();
    socket().close();
    channel.send(BYTES);
    expect(owner.switched.mock.calls).toEqual([["websocket"], ["socketio"]]);
    expect(owner.sendFallback).toHaveBeenCalledOnce();
  });

  it("gives up on a WebSocket that does not open within three seconds", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    vi.advanceTimersByTime(3100);
    expect(socket().closed).toBe(true);
    socket().open();
    channel.send(BYTES);
    expect(socket().sent).toEqual([]);
    expect(owner.switched).toHaveBeenCalledExactlyOnceWith("socketio");
  });

  it("does not give up on one that stands", () => {
    const { channel } = setUp();
    channel.offer(OFFER);
    socket().open();
    vi.advanceTimersByTime(10_000);
    expect(socket().closed).toBe(false);
  });

  it("replaces the WebSocket with every offer, and listens to the newest only", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    socket(0).open();
    channel.offer(OFFER);
    expect(socket(0).closed).toBe(true);
    socket(1).open();
    socket(0).receive(BYTES.buffer);
    socket(0).dispatchEvent(new Event("close"));
    channel.send(BYTES);
    expect(owner.frame).not.toHaveBeenCalled();
    expect(socket(1).sent).toEqual(["secret", BYTES]);
    expect(owner.switched.mock.calls).toEqual([["websocket"], ["websocket"]]);
  });

  it("ignores text", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    socket().open();
    socket().receive("text");
    expect(owner.frame).not.toHaveBeenCalled();
  });

  it("does not speak of a switch when it is closed on purpose", () => {
    const { owner, channel } = setUp();
    channel.offer(OFFER);
    channel.close();
    vi.advanceTimersByTime(10_000);
    expect(socket().closed).toBe(true);
    expect(owner.switched).not.toHaveBeenCalled();
  });
});
