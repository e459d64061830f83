import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { h } from "../../src/page/dom.js";
import { Shell } from "../../src/page/shell.js";
import { find } from "../helpers/page.js";

let shell: Shell;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("scrollTo", () => {});
  const host = h("div");
  document.body.replaceChildren(host);
  shell = new Shell(host);
});
afterEach(() => {
  vi.useRealTimers();
});

const banner = () => find(".banner");

describe("Shell", () => {
  it("says that it loads when nothing has come for half a second", () => {
    expect(shell.main.textContent).toBe("");
    vi.advanceTimersByTime(600);
    expect(shell.main.textContent).toBe("Loading…");
    shell.mount(h("section", {}, "here"));
    expect(shell.main.textContent).toBe("here");
  });

  it("never replaces what is there by that note", () => {
    shell.mount(h("section", {}, "here"));
    vi.advanceTimersByTime(600);
    expect(shell.main.textContent).toBe("here");
  });

  it("takes the focus to a new scene's heading, or to the scene", () => {
    shell.mount(h("section", {}, h("h1", {}, "Title")));
    expect(document.activeElement?.tagName).toBe("H1");
    shell.mount(h("section", { id: "bare" }));
    expect(document.activeElement?.id).toBe("bare");
  });

  it("shows progress when there is any to show", () => {
    const bar = find<HTMLProgressElement>(".study-progress");
    expect(bar.hidden).toBe(true);
    shell.progress([1, 4]);
    expect([bar.hidden, bar.value, bar.max]).toEqual([false, 1, 4]);
    shell.progress(null);
    expect(bar.hidden).toBe(true);
    shell.progress([0, 1]);
    expect(bar.hidden).toBe(true);
  });

  it("does not speak of a loss that is over within a second", () => {
    shell.connectionLost();
    vi.advanceTimersByTime(900);
    shell.connectionBack();
    vi.advanceTimersByTime(1000);
    expect(banner().hidden).toBe(true);
  });

  it("speaks of a longer loss until the connection is back", () => {
    shell.connectionLost();
    shell.connectionLost();
    vi.advanceTimersByTime(1100);
    expect(banner().hidden).toBe(false);
    expect(banner().textContent).toContain("Reconnecting");
    shell.connectionBack();
    expect(banner().hidden).toBe(true);
    expect(find('[aria-live="polite"]').textContent).toBe("The connection is back.");
  });

  it("takes notices away with the scene they belong to, errors only when they are closed", () => {
    shell.notice("info", "Hello");
    shell.notice("error", "Broken");
    vi.advanceTimersByTime(60_000);
    expect(find(".notices").textContent).toBe("HelloCloseBrokenClose");
    shell.mount(document.createElement("section"));
    expect(find(".notices").textContent).toBe("BrokenClose");
    find<HTMLButtonElement>(".notice button").click();
    expect(find(".notices").textContent).toBe("");
  });

  it("shows a notice once, however often it is said", () => {
    shell.notice("warning", "Are you there?");
    shell.notice("info", "Hello");
    shell.notice("warning", "Are you there?");
    expect(find(".notices").textContent).toBe("HelloCloseAre you there?Close");
  });

  it("takes a warning away some time after people have done something", () => {
    shell.notice("warning", "Are you there?");
    shell.notice("info", "Hello");
    vi.advanceTimersByTime(60_000);
    expect(find(".notices").textContent).toBe("Are you there?CloseHelloClose");
    window.dispatchEvent(new KeyboardEvent("keydown"));
    vi.advanceTimersByTime(7000);
    expect(find(".notices").textContent).toContain("Are you there?");
    vi.advanceTimersByTime(2000);
    expect(find(".notices").textContent).toBe("HelloClose");
  });

  it("shows notices as text", () => {
    shell.notice("info", "<img src=x>");
    expect(document.querySelector(".notices img")).toBeNull();
  });
});
