import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GameHost, GameRuntime } from "../../src/game/runtime.js";
import type { GameView } from "../../src/protocol.js";
import { GymScene, type GymServices } from "../../src/scenes/gym.js";
import { FakeContext } from "../helpers/fake_context.js";
import { byTestId, find, sceneContext } from "../helpers/page.js";

const PAGE = { runtime: "test", header: "A game", width: 10, height: 10 };

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

function mount() {
  const context = sceneContext({
    kind: "gym",
    page: { header: "A game", body: "<p>Loading it</p>" },
  });
  const runtimes: { stop: () => void }[] = [];
  const hosts: GameHost[] = [];
  const services = {
    base: new URL("https://lab.test/"),
    runtime: (name: string) =>
      !name.startsWith("test")
        ? null
        : (host: GameHost): GameRuntime => {
            hosts.push(host);
            const runtime = { frame: () => {}, input: () => {}, stop: vi.fn<() => void>() };
            runtimes.push(runtime);
            return runtime;
          },
    peers: () => null,
    sendFallback: vi.fn<(bytes: Uint8Array) => void>(),
    send: vi.fn<GymServices["send"]>().mockResolvedValue(null),
    unsent: vi.fn<GymServices["unsent"]>(),
    stepsHere: vi.fn<GymServices["stepsHere"]>(),
  };
  return { context, runtimes, hosts, scene: new GymScene(context, services) };
}

const visible = (selector: string): boolean => find(selector).closest("[hidden]") === null;

beforeEach(() => {
  const canvas = new FakeContext();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
    (() => canvas.real) as never,
  );
  Element.prototype.scrollIntoView = () => {};
});
let scene: GymScene | undefined;
afterEach(() => {
  scene?.destroy();
});

describe("GymScene", () => {
  it("opens a game again that another runtime took over", () => {
    const set = mount();
    scene = set.scene;
    scene.game(view("loading", { page: PAGE }));
    scene.game(view("loading", { page: PAGE }));
    expect(set.runtimes).toHaveLength(1);
    scene.game(view("loading", { page: { ...PAGE, runtime: "test2" } }));
    expect(set.runtimes[0]!.stop).toHaveBeenCalledOnce();
    expect(scene.current!.page.runtime).toBe("test2");
    expect(document.querySelectorAll(".stage")).toHaveLength(1);
  });

  it("turns no wheel beside a bar", () => {
    const set = mount();
    scene = set.scene;
    scene.game(view("loading", { page: PAGE }));
    expect(visible(".spinner")).toBe(true);
    set.hosts[0]!.progress(0.1, "Loading…", "");
    expect(visible(".spinner")).toBe(false);
    scene.game(view("loading"));
    expect(visible(".spinner")).toBe(false);
  });

  it("shows the waiting room until there is a game", () => {
    const set = mount();
    scene = set.scene;
    expect(visible(".scene-body")).toBe(true);
    scene.lobby({
      visit: 1,
      waiting: 1,
      needed: 2,
      position: 1,
      remaining: null,
      can_leave: true,
      text: "",
    });
    expect(visible('[data-testid="lobby"]')).toBe(true);
    scene.game(view("loading", { page: PAGE }));
    expect(byTestId("lobby").hidden).toBe(true);
    expect(visible(".scene-body")).toBe(true);
    scene.game(view("countdown"));
    expect(visible(".scene-body")).toBe(false);
    expect(visible('[data-testid="game-canvas"]')).toBe(true);
  });

  it("keeps a game over a reconnection and replaces it by another one", () => {
    const set = mount();
    scene = set.scene;
    scene.game(view("playing", { page: PAGE }));
    const canvas = byTestId("game-canvas");
    scene.resumed();
    scene.game(view("playing", { page: PAGE }));
    expect(byTestId("game-canvas")).toBe(canvas);
    expect(scene.current?.id).toBe("g1");
    scene.game(view("playing", { page: PAGE, game: "g2" }));
    expect(scene.current?.id).toBe("g2");
    expect(document.querySelectorAll("canvas")).toHaveLength(1);
    expect(set.runtimes[0]!.stop).toHaveBeenCalledOnce();
  });

  it("loads what the game is drawn with by now when its page comes again", async () => {
    const fetched = vi.fn<typeof fetch>(async () => new Response(new Uint8Array(8)));
    vi.stubGlobal("fetch", fetched);
    vi.stubGlobal(
      "Image",
      class {
        decode = (): Promise<void> => Promise.resolve();
      },
    );
    const set = mount();
    scene = set.scene;
    scene.game(view("playing", { page: PAGE }));
    const canvas = byTestId("game-canvas");
    const star = { kind: "image", name: "star", url: "./-/assets/game/-/12ab/star.png" };
    scene.game(view("playing", { page: { ...PAGE, assets: [star] } }));
    scene.game(view("playing", { page: { ...PAGE, assets: [star] } }));
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([
      "https://lab.test/-/assets/game/-/12ab/star.png",
    ]);
    expect(byTestId("game-canvas")).toBe(canvas);
    expect(set.runtimes).toHaveLength(1);
  });

  it("says so in plain words when the page lacks the runtime", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const set = mount();
    scene = set.scene;
    scene.game(view("loading", { page: { ...PAGE, runtime: "other" } }));
    expect(find('[role="alert"]').textContent).toContain("cannot be shown");
    expect(error.mock.calls[0]![0]).toContain("'other'");
    expect(scene.current).toBeNull();
  });

  it("goes on when the game is over", () => {
    const set = mount();
    scene = set.scene;
    scene.game(view("over", { page: PAGE, text: "The game is over." }));
    byTestId("advance").click();
    expect(set.context.advance).toHaveBeenCalledExactlyOnceWith({});
  });
});
