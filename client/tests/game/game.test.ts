import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Game, type GameOwner } from "../../src/game/game.js";
import { readGamePage } from "../../src/game/page.js";
import type { GameHost, GameRuntime, RuntimeMessage } from "../../src/game/runtime.js";
import type { GameView } from "../../src/protocol.js";
import { readDelta } from "../../src/render/commands.js";
import { FakeContext } from "../helpers/fake_context.js";
import { FakeWebSocket } from "../helpers/fake_web_socket.js";
import { byTestId, find } from "../helpers/page.js";

const BASE = new URL("https://lab.test/");

function view(state: string, fields: Partial<GameView> = {}): GameView {
  return {
    game: "g1",
    state,
    text: "",
    seconds: null,
    episode: 1,
    episodes: 1,
    seat: "0",
    page: null,
    ...fields,
  };
}

function setUp(raw: Record<string, unknown> = {}) {
  const owner = {
    base: BASE,
    advance: vi.fn<() => void>(),
    announce: vi.fn<(text: string) => void>(),
    sendFallback: vi.fn<(bytes: Uint8Array) => void>(),
    send: vi.fn<GameOwner["send"]>().mockResolvedValue(null),
    showsProgress: vi.fn<() => void>(),
    unsent: vi.fn<GameOwner["unsent"]>(),
  } satisfies GameOwner;
  const runtime = {
    frame: vi.fn<GameRuntime["frame"]>(),
    input: vi.fn<GameRuntime["input"]>(),
    state: vi.fn<(view: GameView) => void>(),
    message: vi.fn<(message: RuntimeMessage) => void>(),
    connection: vi.fn<(there: boolean) => void>(),
    stop: vi.fn<() => void>(),
  };
  let host: GameHost | undefined;
  const page = readGamePage(
    {
      runtime: "test",
      header: "A game",
      inGameBody: "<i>hints</i>",
      width: 300,
      height: 200,
      bindings: [{ codes: ["ArrowUp"], action: 4 }],
      buttons: [{ label: "↑", codes: ["ArrowUp"] }],
      touchControls: true,
      ...raw,
    },
    BASE,
  );
  const game = new Game(
    "g1",
    page,
    (given) => {
      host = given;
      return runtime;
    },
    null,
    owner,
  );
  document.body.replaceChildren(game.element);
  return { game, owner, runtime, host: host! };
}

let game: Game | undefined;
let frames: (() => void)[];
let context: FakeContext;

beforeEach(() => {
  FakeWebSocket.made = [];
  frames = [];
  context = new FakeContext();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    (() => context.real) as never,
  );
  Element.prototype.scrollIntoView = () => {};
});
afterEach(() => {
  vi.useRealTimers();
  game?.destroy();
  game = undefined;
});

function press(code: string): void {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { code, bubbles: true }));
}

describe("Game", () => {
  it("shows the stage once the environment stands", () => {
    const set = setUp();
    game = set.game;
    game.update(view("loading"));
    expect(find(".canvas-box").hidden).toBe(true);
    expect(find(".in-game-body").hidden).toBe(true);
    game.update(view("countdown", { seconds: 3 }));
    expect(find(".canvas-box").hidden).toBe(false);
    expect(find(".in-game-body").hidden).toBe(false);
    expect(find(".touch-buttons").hidden).toBe(false);
  });

  it("takes the focus to the canvas when it begins, and to the way on a moment after it ended", () => {
    const set = setUp();
    game = set.game;
    game.update(view("playing"));
    expect(document.activeElement).toBe(byTestId("game-canvas"));
    vi.useFakeTimers();
    game.update(view("over", { text: "The game is over." }));
    expect(document.activeElement).toBe(byTestId("game-canvas"));
    vi.advanceTimersByTime(1000);
    expect(document.activeElement).toBe(byTestId("advance"));
    expect(set.owner.announce).toHaveBeenCalledWith("The game is over.");
    byTestId("advance").click();
    expect(set.owner.advance).toHaveBeenCalledOnce();
  });

  it("does not take the focus away from somebody who types", () => {
    const set = setUp();
    game = set.game;
    const field = document.createElement("input");
    document.body.append(field);
    field.focus();
    game.update(view("playing"));
    expect(document.activeElement).toBe(field);
  });

  it("gives inputs to the runtime while it is played, and only then", () => {
    const set = setUp();
    game = set.game;
    game.update(view("countdown"));
    press("ArrowUp");
    expect(set.runtime.input).not.toHaveBeenCalled();
    game.update(view("playing"));
    expect(set.runtime.input.mock.calls.map(([input]) => input.action)).toEqual([4]);
    game.update(view("paused"));
    document.body.dispatchEvent(new KeyboardEvent("keyup", { code: "ArrowUp", bubbles: true }));
    expect(set.runtime.input).toHaveBeenCalledOnce();
  });

  it("sends the runtime's inputs by the control connection, then by the channel", () => {
    const set = setUp();
    game = set.game;
    set.host.sendInput({ kind: "held", seq: 1, action: 2 });
    expect(set.owner.sendFallback).toHaveBeenCalledWith(new Uint8Array([1, 1, 0, 0, 0, 2, 0]));
    expect(game.stats.figures.transport).toBe("socketio");
    game.offer({ url: "-/frames", ticket: "t" });
    FakeWebSocket.made[0]!.open();
    set.host.sendInput({ kind: "held", seq: 2, action: 2 });
    expect(FakeWebSocket.made[0]!.sent).toEqual(["t", new Uint8Array([1, 2, 0, 0, 0, 2, 0])]);
    expect(game.stats.figures.transport).toBe("websocket");
  });

  it("says again what is held when the way of the inputs changes or the connection is back", () => {
    const set = setUp();
    game = set.game;
    game.update(view("playing"));
    press("ArrowUp");
    set.runtime.input.mockClear();
    game.resumed();
    expect(set.runtime.input.mock.calls.map(([input]) => input.action)).toEqual([4]);
    vi.useFakeTimers();
    game.offer({ url: "-/frames", ticket: "t" });
    FakeWebSocket.made[0]!.open();
    vi.advanceTimersByTime(1);
    expect(set.runtime.input).toHaveBeenCalledTimes(2);
    FakeWebSocket.made[0]!.close();
    vi.advanceTimersByTime(1000);
    expect(set.runtime.input).toHaveBeenCalledTimes(3);
  });

  it("says nothing when the channel breaks together with the game", () => {
    vi.useFakeTimers();
    const set = setUp();
    set.game.update(view("playing"));
    set.game.offer({ url: "-/frames", ticket: "t" });
    FakeWebSocket.made[0]!.open();
    vi.advanceTimersByTime(1);
    set.runtime.input.mockClear();
    FakeWebSocket.made[0]!.close();
    set.game.destroy();
    vi.advanceTimersByTime(1000);
    expect(set.runtime.input).not.toHaveBeenCalled();
  });

  it("gives every frame to the runtime, whichever way it came", () => {
    const set = setUp();
    game = set.game;
    game.frame(new Uint8Array([1]));
    game.offer({ url: "-/frames", ticket: "t" });
    FakeWebSocket.made[0]!.open();
    FakeWebSocket.made[0]!.receive(new Uint8Array([2]).buffer);
    expect(set.runtime.frame.mock.calls).toEqual([[new Uint8Array([1])], [new Uint8Array([2])]]);
  });

  it("draws what the runtime draws, and shows its line of text", () => {
    const set = setUp();
    game = set.game;
    game.update(view("playing"));
    set.host.draw(readDelta([[1, 0, 1, { x: 0, y: 0, w: 1, h: 1, color: "#ff0000" }]], []), true);
    for (const frame of frames) frame();
    expect(context.argsOf("fill")).toHaveLength(1);
    const hud = byTestId("hud");
    expect(hud.hidden).toBe(true);
    set.host.hud("<b>Score</b>");
    expect([hud.hidden, hud.textContent]).toEqual([false, "<b>Score</b>"]);
    set.host.hud("");
    expect(hud.hidden).toBe(true);
  });

  it("draws again when a picture is there that was registered during the game", async () => {
    vi.stubGlobal("fetch", async () => new Response(new Uint8Array(8)));
    vi.stubGlobal(
      "Image",
      class {
        decode = (): Promise<void> => Promise.resolve();
      },
    );
    const set = setUp();
    game = set.game;
    game.update(view("playing"));
    set.host.draw(readDelta([[1, 0, 7, { name: "star", x: 1, y: 2, w: 3, h: 4 }]], []), true);
    for (const frame of frames.splice(0)) frame();
    expect([context.argsOf("strokeRect"), context.argsOf("drawImage")]).toEqual([
      [[1, 2, 3, 4]],
      [],
    ]);
    const star = {
      kind: "image",
      name: "star",
      url: "https://lab.test/star.png",
      data: null,
    } as const;
    game.addAssets([star]);
    await vi.waitFor(() => {
      for (const frame of frames.splice(0)) frame();
      expect(context.argsOf("drawImage").map((args) => args.slice(1))).toEqual([[1, 2, 3, 4]]);
    });
  });

  it("collects the runtime's figures", () => {
    const set = setUp();
    game = set.game;
    set.host.tick({ frame: 5, step: 4 });
    set.host.report({ rollbacks: 2 });
    expect(game.stats.figures).toMatchObject({ frame: 5, step: 4, rollbacks: 2 });
  });

  it("counts inputs on from what the server has applied", () => {
    const set = setUp();
    game = set.game;
    set.host.acknowledged(41);
    game.update(view("playing"));
    expect(set.runtime.input.mock.calls[0]![0].seq).toBe(42);
  });

  it("tells the runtime the state", () => {
    const set = setUp();
    game = set.game;
    const paused = view("paused");
    game.update(paused);
    expect(set.runtime.state).toHaveBeenCalledWith(paused);
  });

  it("lets the runtime's halves speak", async () => {
    const set = setUp();
    game = set.game;
    set.owner.send.mockResolvedValue({ next: 3 });
    await expect(set.host.send({ type: "hello" })).resolves.toEqual({ next: 3 });
    expect(set.owner.send).toHaveBeenCalledWith("g1", { type: "hello" });
    game.message({ type: "state" });
    expect(set.runtime.message).toHaveBeenCalledWith({ type: "state" });
    game.connection(false);
    expect(set.runtime.connection).toHaveBeenCalledWith(false);
  });

  it("shows how the runtime is being loaded, until it is", () => {
    vi.useFakeTimers();
    const set = setUp();
    game = set.game;
    game.update(view("loading"));
    set.host.progress(0.5, "Loading Python…", "4.0 of 8.0 MB");
    expect(set.owner.showsProgress).toHaveBeenCalled();
    expect(find(".loading-bar span").closest("[hidden]")).not.toBeNull();
    vi.advanceTimersByTime(600);
    const bar = document.querySelectorAll<HTMLElement>(".loading-bar")[1]!;
    expect(bar.hidden).toBe(false);
    expect(bar.textContent).toBe("Loading Python…4.0 of 8.0 MB");
    game.update(view("countdown"));
    expect(bar.hidden).toBe(true);
  });

  it("says why a runtime cannot be loaded, and tries again", () => {
    const set = setUp();
    game = set.game;
    game.update(view("loading"));
    const retry = vi.fn<() => void>();
    set.host.problem("It could not be loaded.", retry);
    expect(find(".problem-note [role=alert]").textContent).toBe("It could not be loaded.");
    byTestId("retry").focus();
    byTestId("retry").click();
    expect(retry).toHaveBeenCalledOnce();
    expect(document.activeElement!.textContent).toBe("Loading the game…");
    expect(find(".problem-note").hidden).toBe(true);
    set.host.problem("It cannot be played here.", null);
    expect(byTestId("retry").hidden).toBe(true);
  });

  it("waits when the runtime says so, until the server says how it goes on", () => {
    const set = setUp();
    game = set.game;
    game.update(view("playing"));
    set.host.wait("The connection was lost.");
    press("ArrowUp");
    expect(set.runtime.input).toHaveBeenCalledTimes(1);
    expect(byTestId("game-overlay").hidden).toBe(false);
    expect(byTestId("game-overlay").textContent).toContain("The connection was lost.");
    game.update(view("playing"));
    expect(byTestId("game-overlay").hidden).toBe(true);
    expect(set.runtime.input).toHaveBeenCalledTimes(2);
    game.update(view("over"));
    set.host.wait("The connection was lost.");
    expect(byTestId("game-overlay").textContent).not.toContain("lost");
  });

  it("is gone without a trace", () => {
    const set = setUp();
    set.game.update(view("playing"));
    set.game.offer({ url: "-/frames", ticket: "t" });
    set.runtime.input.mockClear();
    set.game.destroy();
    press("ArrowUp");
    expect(set.runtime.stop).toHaveBeenCalledOnce();
    expect(set.runtime.input).not.toHaveBeenCalled();
    expect(FakeWebSocket.made[0]!.closed).toBe(true);
    expect(document.body.children).toHaveLength(0);
  });
});
