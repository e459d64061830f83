import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byTestId, find, sceneContext } from "../../../../client/tests/helpers/page.js";
import { look, roundTrips } from "../src/look.js";
import { ScreeningView } from "../src/view.js";

const PAGE = { samples: 2, patience: 2000, keyboard: false, lack: null };

function mount(page: Record<string, unknown> = {}) {
  const context = sceneContext({ kind: "screening", page: { ...PAGE, ...page } });
  return { context, view: new ScreeningView(context, "http://here/-/screening/ping") };
}

function key(code: string): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { code, bubbles: true, cancelable: true });
  document.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  vi.stubGlobal(
    "fetch",
    vi.fn(() => Promise.resolve({ ok: true, status: 204 })),
  );
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe("looking at a browser", () => {
  it("tells what the server has to know", () => {
    const found = look(window, true);
    expect(found.user_agent).toBe(navigator.userAgent);
    expect(Object.keys(found.can).sort()).toEqual([
      "keyboard",
      "pointer",
      "webassembly",
      "webgl",
      "webrtc",
    ]);
    expect(found.can["keyboard"]).toBe(true);
    expect(found.can["webassembly"]).toBe(true);
    expect(found.window).toEqual({ width: innerWidth, height: innerHeight });
  });

  it("counts what fails as lost, and not the first round trip", async () => {
    let number = 0;
    const ping = () => {
      number += 1;
      return number === 3 ? Promise.reject(new Error("lost")) : Promise.resolve();
    };
    const samples = await roundTrips(3, ping, 2000);
    expect(samples).toHaveLength(3);
    expect(samples.map((sample) => sample === null)).toEqual([false, true, false]);
  });
});

describe("the screening scene", () => {
  it("looks by itself and tells the server", async () => {
    const { context, view } = mount();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    const [told] = context.advance.mock.calls[0]!;
    expect(told["samples"]).toHaveLength(2);
    expect(fetch).toHaveBeenCalledTimes(3);
    view.destroy();
  });

  it("asks for the space bar where a keyboard is needed", async () => {
    const { context, view } = mount({ keyboard: true });
    key("KeyA");
    expect(find("h1").textContent).toBe("A look at your keyboard");
    expect(key("Space").defaultPrevented).toBe(true);
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    expect(context.advance.mock.calls[0]![0]).toMatchObject({ can: { keyboard: true } });
    view.destroy();
  });

  it("believes who says that they have no keyboard", async () => {
    const { context, view } = mount({ keyboard: true });
    byTestId("no-keyboard").click();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    expect(context.advance.mock.calls[0]![0]).toMatchObject({ can: { keyboard: false } });
    view.destroy();
  });

  it("shows why somebody cannot take part, and lets them leave", () => {
    const { context, view } = mount({ lack: "<b>Too small.</b>", again: false });
    expect(byTestId("screened-out").textContent).toBe("<b>Too small.</b>");
    expect(document.querySelector('[data-testid="check-again"]')).toBeNull();
    byTestId("advance").click();
    expect(context.advance).toHaveBeenCalledExactlyOnceWith({ leave: true });
    view.destroy();
  });

  it("looks again where that makes sense", async () => {
    const { context, view } = mount({ lack: "Too slow.", again: true });
    byTestId("check-again").click();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    expect(context.advance.mock.calls[0]![0]).toHaveProperty("samples");
    view.destroy();
  });

  it("can be tried again when the server cannot say or does not answer", async () => {
    const { context, view } = mount();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    view.refused({ "": "We could not check." });
    expect(find('[role="alert"]').textContent).toBe("We could not check.");
    vi.useFakeTimers();
    byTestId("check-again").click();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledTimes(2));
    vi.advanceTimersByTime(10_000);
    expect(find('[role="alert"]').textContent).toContain("try again");
    view.destroy();
  });

  it("tells again what may have been lost with the connection, and nothing when it is gone", async () => {
    const { context, view } = mount();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    view.resumed();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledTimes(2));
    view.resumed();
    view.destroy();
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(9));
    await Promise.resolve();
    expect(context.advance).toHaveBeenCalledTimes(2);
  });
});
