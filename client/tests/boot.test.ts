import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { boot, type Surroundings } from "../src/boot.js";
import type { Client } from "../src/client.js";
import { PROTOCOL } from "../src/protocol.js";
import { FakeSocket } from "./helpers/fake_socket.js";
import { find } from "./helpers/page.js";

const ANSWER = {
  ticket: "t1",
  protocol: PROTOCOL,
  token: null,
  modules: [{ name: "mug_x", url: "./-/mug_x/client.js" }],
  experiment: { title: "A study" },
};

const fetched = vi.fn<typeof fetch>();
let socket: FakeSocket;
let around: { connect: Surroundings["connect"]; importModule: ReturnType<typeof vi.fn> };
let host: HTMLElement;

function answer(body: unknown, status = 200): void {
  fetched.mockResolvedValueOnce(new Response(JSON.stringify(body), { status }));
}

beforeEach(() => {
  vi.useFakeTimers();
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("scrollTo", () => {});
  history.replaceState(null, "", "/?PROLIFIC_PID=p1&new");
  host = document.createElement("div");
  document.body.replaceChildren(host);
  socket = new FakeSocket();
  around = {
    connect: () => socket,
    importModule: vi
      .fn<(url: string) => Promise<unknown>>()
      .mockResolvedValue({ default: { setup: () => {} } }),
  };
});
afterEach(() => {
  vi.useRealTimers();
  history.replaceState(null, "", "/");
});

const start = (): Promise<Client | null> => boot(host, around as Surroundings);

describe("boot", () => {
  it("introduces the page, loads modules, connects, in this order", async () => {
    answer(ANSWER);
    const setup = vi.fn<(client: Client) => void>(() => expect(socket.connects).toBe(0));
    around.importModule.mockResolvedValue({ default: { setup } });
    const client = await start();
    expect(around.importModule.mock.calls[0]![0]).toMatch(/\/-\/mug_x\/client\.js$/);
    expect(setup).toHaveBeenCalledExactlyOnceWith(client);
    expect(socket.auth).toEqual({ ticket: "t1", protocol: PROTOCOL });
    expect(document.title).toBe("A study");
  });

  it("takes recruitment parameters out of the address", async () => {
    answer(ANSWER);
    await start();
    expect(location.search).toBe("");
    expect(JSON.parse(String(fetched.mock.calls[0]![1]?.body))).toMatchObject({
      fresh: true,
      query: { PROLIFIC_PID: "p1" },
    });
  });

  it("comes up at an address with a slash too many", async () => {
    answer(ANSWER);
    history.replaceState(null, "", `${location.origin}//study//?PROLIFIC_PID=p1`);
    await start();
    expect(location.pathname).toBe("/study/");
    expect(String(fetched.mock.calls[0]![0])).toBe(`${location.origin}/study/-/session`);
  });

  it("keeps trying while the server cannot be reached, and says so", async () => {
    fetched.mockRejectedValueOnce(new TypeError("failed"));
    answer({ text: "The disk is full." }, 503);
    answer(ANSWER);
    const started = start();
    await vi.advanceTimersByTimeAsync(10);
    expect(find("h1").textContent).toBe("The study cannot be reached");
    expect(find("main").textContent).toContain("Trying again in 2 s.");
    await vi.advanceTimersByTimeAsync(2100);
    expect(fetched).toHaveBeenCalledTimes(2);
    expect(find("main").textContent).toContain("The disk is full. This page keeps trying.");
    expect(find("main").textContent).toContain("Trying again in 4 s.");
    find("main").querySelector("button")!.click();
    await vi.advanceTimersByTimeAsync(10);
    expect(await started).not.toBeNull();
  });

  it("begins when the participant presses the button, and not before", async () => {
    answer({ invitation: { title: "A study" } });
    answer(ANSWER);
    const started = start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetched).toHaveBeenCalledOnce();
    expect(find("h1").textContent).toBe("A study");
    find<HTMLButtonElement>("[data-testid=begin]").click();
    expect(await started).not.toBeNull();
    expect(JSON.parse(String(fetched.mock.calls[1]![1]?.body))).toMatchObject({ begun: true });
  });

  it("shows the code of somebody who is screened out", async () => {
    answer({ heading: "Sorry", text: "A keyboard is needed.", redirect: null, code: "OUT" }, 403);
    expect(await start()).toBeNull();
    expect(find("h1").textContent).toBe("Sorry");
    expect(find("[data-testid=completion-code]").textContent).toBe("OUT");
  });

  it("says why it is turned away, with a way back", async () => {
    answer({ text: "The study is full.", redirect: "https://back.test/" }, 403);
    expect(await start()).toBeNull();
    expect(find("main").textContent).toContain("The study is full.");
    expect(find<HTMLAnchorElement>("main a").href).toBe("https://back.test/");
    expect(socket.connects).toBe(0);
  });

  it("asks for a reload when it is older than the server", async () => {
    answer({ ...ANSWER, protocol: PROTOCOL + 1 });
    expect(await start()).toBeNull();
    expect(find("h1").textContent).toBe("Please reload this page");
    expect(socket.connects).toBe(0);
  });

  it.each([
    ["cannot be loaded", () => Promise.reject(new TypeError("404"))],
    ["is no plugin", () => Promise.resolve({ default: {} })],
    [
      "fails",
      () =>
        Promise.resolve({
          default: {
            setup: () => {
              throw new Error("no");
            },
          },
        }),
    ],
  ])("offers to try again when a module %s", async (_, load) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
    answer(ANSWER);
    around.importModule.mockImplementation(load);
    expect(await start()).toBeNull();
    expect(find("h1").textContent).toBe("This page did not load completely");
    find("main").querySelector("button")!.click();
    expect(reload).toHaveBeenCalledOnce();
    expect(socket.connects).toBe(0);
  });
});
