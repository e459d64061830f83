import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "../src/client.js";
import type { GameRuntime } from "../src/game/runtime.js";
import { type Session, type SessionAnswer, SessionRefused } from "../src/net/session.js";
import { h } from "../src/page/dom.js";
import { Shell } from "../src/page/shell.js";
import { PROTOCOL, type SceneView } from "../src/protocol.js";
import type { SceneContext } from "../src/scene.js";
import { FakeContext } from "./helpers/fake_context.js";
import { FakeSocket } from "./helpers/fake_socket.js";
import { byTestId, find, sceneView, setVisible } from "./helpers/page.js";

const BASE = new URL("https://lab.test/");
const LOBBY = {
  visit: 1,
  waiting: 1,
  needed: 2,
  position: 1,
  remaining: null,
  can_leave: true,
  text: "",
};

let client: Client;
let socket: FakeSocket;
let open: () => Promise<SessionAnswer>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("scrollTo", () => {});
  const context = new FakeContext();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    (() => context.real) as never,
  );
  const host = h("div");
  document.body.replaceChildren(host);
  socket = new FakeSocket();
  open = () => Promise.resolve({ ticket: "n", protocol: PROTOCOL, title: "", modules: [] });
  client = new Client(BASE, new Shell(host), socket, { open: () => open() } as Session);
  client.start("first");
  socket.open();
});
afterEach(() => {
  vi.useRealTimers();
  setVisible(true);
});

describe("plugins", () => {
  it("talk with their half on the server", async () => {
    const hear = vi.fn();
    client.listen("chat", hear);
    expect(() => client.listen("chat", hear)).toThrow("two modules listen to 'chat'");
    socket.receive("plugin", { plugin: "chat", message: { text: "hello" } });
    socket.receive("plugin", { plugin: "other", message: { text: "not for you" } });
    expect(hear.mock.calls).toEqual([[{ text: "hello" }]]);

    const answer = client.tell("chat", { text: "hi" });
    const [event, body, settle] = socket.sent.at(-1)! as [
      string,
      unknown,
      (answer: unknown) => void,
    ];
    expect([event, body]).toEqual(["plugin", { plugin: "chat", message: { text: "hi" } }]);
    settle({ ok: true });
    expect(await answer).toEqual({ ok: true });

    const lost = client.tell("chat", { text: "hi again" });
    socket.break();
    expect(await lost).toBeNull();
  });
});

describe("scenes", () => {
  it("have a root that says which scene it is", () => {
    socket.receive("scene", sceneView({ scene_id: "welcome", page: { header: "Hi" } }));
    expect(find("[data-scene-id]").dataset["sceneId"]).toBe("welcome");
    expect(document.activeElement?.textContent).toBe("Hi");
    expect(client.debug().sceneId).toBe("welcome");
  });

  it("answer with the visit they belong to", () => {
    socket.receive("scene", sceneView({ visit: 7 }));
    byTestId("advance").click();
    expect(socket.sent).toEqual([["advance", { visit: 7, answers: {} }]]);
  });

  it("stay on the page with everything typed when the connection comes back", () => {
    const scene = sceneView({ page: { body: '<input id="a">', fields: ["a"] } });
    socket.receive("scene", scene);
    find<HTMLInputElement>("#a").value = "typed";
    socket.receive("scene", { ...scene, answers: {} });
    expect(find<HTMLInputElement>("#a").value).toBe("typed");
  });

  it("are shown anew when the visit or the page is another one", () => {
    const scene = sceneView({ page: { body: '<input id="a">' } });
    socket.receive("scene", scene);
    find<HTMLInputElement>("#a").value = "typed";
    socket.receive("scene", { ...scene, visit: 2 });
    expect(find<HTMLInputElement>("#a").value).toBe("");
    socket.receive("scene", { ...scene, visit: 2, page: { body: "changed" } });
    expect(find(".scene-body").textContent).toBe("changed");
  });

  it("hear only what is meant for their visit", () => {
    socket.receive("scene", sceneView({ kind: "wait" }));
    socket.receive("lobby", { ...LOBBY, visit: 9 });
    expect(byTestId("lobby").hidden).toBe(true);
    socket.receive("lobby", LOBBY);
    expect(byTestId("lobby").hidden).toBe(false);
    socket.receive("scene", sceneView({ visit: 2 }));
    socket.receive("refused", { visit: 1, errors: { "": "Old" } });
    expect(find('[role="alert"]').textContent).toBe("");
    socket.receive("refused", { visit: 2, errors: { "": "New" } });
    expect(find('[role="alert"]').textContent).toBe("New");
  });

  it("can be of kinds that plugins add, each kind once", () => {
    const seen: SceneContext[] = [];
    const destroy = vi.fn<() => void>();
    client.scene("survey", (context) => {
      seen.push(context);
      context.root.append(h("h1", {}, "Survey"));
      return { destroy };
    });
    socket.receive("scene", sceneView({ kind: "survey" }));
    expect(find("section").className).toContain("scene-survey");
    seen[0]!.draft({ a: 1 });
    expect(socket.sent).toEqual([["draft", { visit: 1, answers: { a: 1 } }]]);
    socket.break();
    seen[0]!.draft({ a: 2 });
    socket.open();
    expect(socket.sent.length).toBe(1);
    socket.receive("scene", sceneView({ visit: 2 }));
    expect(destroy).toHaveBeenCalledOnce();
    expect(() => client.scene("survey", () => ({ destroy }))).toThrow("'survey'");
  });

  it("say so in plain words when nothing can show them", () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    socket.receive("scene", sceneView({ kind: "unheard-of" }));
    expect(find("h1").textContent).toBe("This page cannot be shown");
  });

  it("let the server know at an ending when it has everything", () => {
    client.unsent("g1", 3);
    socket.receive("scene", sceneView({ kind: "end", visit: 5 }));
    client.unsent("g2", 1);
    client.unsent("g1", 0);
    vi.advanceTimersByTime(5000);
    expect(socket.sent).toEqual([]);
    client.unsent("g2", 0);
    vi.advanceTimersByTime(1000);
    expect(socket.sent).toEqual([["settled", { visit: 5 }]]);
    vi.advanceTimersByTime(5000);
    expect(socket.sent).toHaveLength(1);
    socket.receive("scene", sceneView({ kind: "end", visit: 5 }));
    expect(socket.sent).toHaveLength(2);
  });

  it("wait, and leave the waiting room, and say that they are ready", () => {
    socket.receive("scene", sceneView({ kind: "wait" }));
    socket.receive("lobby", LOBBY);
    byTestId("leave").click();
    find("dialog").querySelectorAll("button")[1]!.click();
    socket.receive("ready_check", { game: "g", seconds: 5, mode: "automatic" });
    expect(socket.sent).toEqual([
      ["leave", { visit: 1 }],
      ["ready", { game: "g" }],
    ]);
  });
});

describe("games", () => {
  const VIEW = {
    game: "g1",
    state: "countdown",
    text: "",
    seconds: null,
    episode: 1,
    episodes: 1,
    seat: "0",
    page: { runtime: "test" },
  };

  it("run in the runtime that a plugin offers, each name once", () => {
    const runtime = { frame: vi.fn<GameRuntime["frame"]>(), input: () => {}, stop: () => {} };
    client.runtime("test", (host) => {
      host.tick({ frame: 3, step: 2, episode: 1 });
      return runtime;
    });
    expect(() => client.runtime("test", () => runtime)).toThrow("'test'");
    socket.receive("scene", sceneView({ kind: "gym", scene_id: "game" }));
    socket.receive("game", VIEW);
    socket.receive("frame", new Uint8Array([1]).buffer);
    expect(runtime.frame).toHaveBeenCalledWith(new Uint8Array([1]));
    expect(client.debug()).toEqual({
      sceneId: "game",
      gameId: "g1",
      seat: "",
      runtime: "test",
      frame: 3,
      confirmedFrame: null,
      episode: 1,
      step: 2,
      stateHash: null,
      fps: null,
      rttMs: null,
      rollbacks: null,
      maxRollbackFrames: null,
      stalls: null,
      desyncs: null,
      transport: "socketio",
      unackedRecords: null,
      resimulatedFrames: null,
      sentBytes: null,
      framesAhead: null,
      peerRttMs: null,
      stepMs: null,
      crossingMs: null,
      boot: null,
      drawMs: expect.any(Number),
    });
  });

  it("have halves that speak over the control connection, and hear when it is lost", async () => {
    const runtime = {
      frame: () => {},
      input: () => {},
      stop: () => {},
      message: vi.fn<NonNullable<GameRuntime["message"]>>(),
      connection: vi.fn<NonNullable<GameRuntime["connection"]>>(),
    };
    client.runtime("test", () => runtime);
    socket.receive("scene", sceneView({ kind: "gym", scene_id: "game" }));
    socket.receive("game", VIEW);
    socket.receive("runtime", { game: "g1", message: { type: "state" } });
    socket.receive("runtime", { game: "another", message: { type: "state" } });
    expect(runtime.message.mock.calls).toEqual([[{ type: "state" }]]);
    const answer = client.send("earlier", { type: "records" });
    const [event, body, acknowledge] = socket.sent.at(-1)!;
    expect([event, body]).toEqual(["runtime", { game: "earlier", message: { type: "records" } }]);
    (acknowledge as (answer: unknown) => void)({ next: 4 });
    await expect(answer).resolves.toEqual({ next: 4 });
    socket.break();
    socket.break();
    socket.open();
    expect(runtime.connection.mock.calls).toEqual([[false], [true]]);
  });

  it("have the way to the server measured less often while they are stepped here", () => {
    const measured = (milliseconds: number): number => {
      const before = socket.lossy.length;
      vi.advanceTimersByTime(milliseconds);
      return socket.lossy.length - before;
    };
    const runtime = { frame: () => {}, input: () => {}, stop: () => {} };
    client.runtime("far", () => runtime);
    client.runtime("here", () => ({ ...runtime, stepsHere: true }));
    socket.receive("scene", sceneView({ kind: "gym", scene_id: "game" }));
    expect(measured(20_000)).toBe(10);
    socket.receive("game", { ...VIEW, page: { runtime: "here" } });
    expect(measured(20_000)).toBe(2);
    socket.receive("game", { ...VIEW, page: { runtime: "far" } });
    expect(measured(20_000)).toBe(10);
    socket.receive("game", { ...VIEW, page: { runtime: "here" } });
    socket.receive("scene", sceneView({ visit: 2 }));
    expect(measured(20_000)).toBe(10);
  });

  it("are nothing where there is none", () => {
    socket.receive("frame", new Uint8Array([1]).buffer);
    socket.receive("game", VIEW);
    expect(client.debug()).toMatchObject({ sceneId: null, gameId: null, frame: null });
    expect(Object.isFrozen(client.debug())).toBe(true);
  });
});

describe("an observer", () => {
  it("hears of scenes and of the connection", () => {
    const scene = vi.fn<(scene: SceneView) => void>();
    const connection = vi.fn<(there: boolean) => void>();
    client.observe({ scene });
    client.observe({ connection });
    const shown = sceneView({ scene_id: "welcome" });
    socket.receive("scene", shown);
    socket.receive("scene", shown);
    socket.break();
    expect(scene.mock.calls).toEqual([[shown]]);
    expect(connection.mock.calls).toEqual([[false]]);
  });
});

describe("the connection", () => {
  it("is missed aloud, and welcomed back", async () => {
    socket.break();
    await vi.advanceTimersByTimeAsync(1100);
    expect(find(".banner").hidden).toBe(false);
    socket.open();
    expect(find(".banner").hidden).toBe(true);
  });

  it("tells whether the page is looked at, again after it was away", () => {
    setVisible(false);
    expect(socket.sent.at(-1)).toEqual(["visibility", { visible: false }]);
    socket.break();
    socket.open();
    expect(socket.sent.filter(([event]) => event === "visibility")).toHaveLength(2);
  });

  it("gives way to another tab, and can be taken back", () => {
    const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
    socket.receive("scene", sceneView());
    socket.receive("superseded", { text: "Another tab took over." });
    expect(find("main").textContent).toContain("Another tab took over.");
    expect(socket.connected).toBe(false);
    find("main").querySelector("button")!.click();
    expect(reload).toHaveBeenCalledOnce();
    expect(client.debug().sceneId).toBeNull();
  });

  it("sends people where the server says", () => {
    const assign = vi.spyOn(location, "assign").mockImplementation(() => {});
    socket.receive("redirect", { url: "https://back.test/" });
    expect(assign).toHaveBeenCalledWith("https://back.test/");
  });

  it("says why it is refused, with a way back", async () => {
    open = () =>
      Promise.reject(
        new SessionRefused({
          heading: "No",
          text: "The study is over.",
          redirect: "https://back.test/",
          code: null,
        }),
      );
    socket.break();
    await vi.advanceTimersByTimeAsync(1000);
    expect(find("main").textContent).toContain("The study is over.");
    expect(find<HTMLAnchorElement>("main a").href).toBe("https://back.test/");
  });

  it("asks for a reload after an update of the server", async () => {
    open = () => Promise.resolve({ ticket: "n", protocol: PROTOCOL + 1, title: "", modules: [] });
    socket.break();
    await vi.advanceTimersByTimeAsync(1000);
    expect(find("h1").textContent).toBe("Please reload this page");
  });

  it("brings notices", () => {
    socket.receive("notice", { level: "warning", text: "Careful." });
    expect(find(".notice-warning").textContent).toContain("Careful.");
  });
});
