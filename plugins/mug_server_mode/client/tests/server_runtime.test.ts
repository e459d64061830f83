import { encode } from "@msgpack/msgpack";
import type { Client, GameHost, RuntimeFactory } from "@mug/client";
import { describe, expect, it, vi } from "vitest";
import plugin from "../src/index.js";
import { serverRuntime } from "../src/server_runtime.js";

const RECT = [1, 0, 1, { x: 1, y: 2, w: 3, h: 4, color: "#ff0000" }];

function frame(type: number, tick: number, body?: unknown): Uint8Array {
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  header.set([type, Array.isArray(body) && body.length > 2 ? 1 : 0, 1]);
  view.setUint32(4, tick, true);
  view.setUint32(8, tick, true);
  view.setUint32(12, 5, true);
  return body === undefined ? header : new Uint8Array([...header, ...encode(body)]);
}

function setUp() {
  const host = {
    game: "g",
    page: {} as GameHost["page"],
    draw: vi.fn<GameHost["draw"]>(),
    hud: vi.fn<GameHost["hud"]>(),
    send: vi.fn<GameHost["send"]>(),
    progress: vi.fn<GameHost["progress"]>(),
    problem: vi.fn<GameHost["problem"]>(),
    wait: vi.fn<GameHost["wait"]>(),
    stalled: vi.fn<GameHost["stalled"]>(),
    peers: null,
    sendInput: vi.fn<GameHost["sendInput"]>(),
    sendPacket: vi.fn<GameHost["sendPacket"]>(),
    acknowledged: vi.fn<GameHost["acknowledged"]>(),
    tick: vi.fn<GameHost["tick"]>(),
    report: vi.fn<GameHost["report"]>(),
  };
  return { host, runtime: serverRuntime(host) };
}

describe("serverRuntime", () => {
  it("draws a full frame, then what changes", () => {
    const { host, runtime } = setUp();
    runtime.frame(frame(2, 1, [[RECT], []]));
    runtime.frame(frame(1, 2, [[], [1]]));
    expect(host.draw.mock.calls.map(([delta, full]) => [delta.removed, full])).toEqual([
      [[], true],
      [[1], false],
    ]);
  });

  it("draws no change of a picture that it has never seen whole", () => {
    const { host, runtime } = setUp();
    runtime.frame(frame(1, 1, [[RECT], []]));
    expect(host.draw).not.toHaveBeenCalled();
    expect(host.tick).toHaveBeenCalledOnce();
  });

  it("reports every tick, those without news too, and what has been applied", () => {
    const { host, runtime } = setUp();
    runtime.frame(frame(3, 8));
    expect(host.tick).toHaveBeenCalledWith({ frame: 8, confirmedFrame: 8, episode: 1, step: 8 });
    expect(host.acknowledged).toHaveBeenCalledWith(5);
    expect(host.draw).not.toHaveBeenCalled();
  });

  it("shows the line of text only when it changes", () => {
    const { host, runtime } = setUp();
    runtime.frame(frame(2, 1, [[], [], "Score"]));
    runtime.frame(frame(1, 2, [[], []]));
    expect(host.hud.mock.calls).toEqual([["Score"]]);
  });

  it("sends every input to the server", () => {
    const { host, runtime } = setUp();
    const input = { kind: "held", seq: 1, action: 2 } as const;
    runtime.input(input);
    expect(host.sendInput).toHaveBeenCalledExactlyOnceWith(input);
  });
});

describe("the client module", () => {
  it("offers the runtime 'server'", () => {
    const runtime = vi.fn<(name: string, factory: RuntimeFactory) => void>();
    plugin.setup({ runtime } as unknown as Client);
    expect(runtime).toHaveBeenCalledExactlyOnceWith("server", serverRuntime);
  });
});
