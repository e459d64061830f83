import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LobbyView } from "../../src/protocol.js";
import { LobbyPanel } from "../../src/scenes/lobby.js";
import { waitScene } from "../../src/scenes/wait.js";
import { byTestId, find, sceneContext, setVisible } from "../helpers/page.js";

function lobbyView(fields: Partial<LobbyView> = {}): LobbyView {
  return {
    visit: 1,
    waiting: 1,
    needed: 2,
    position: 1,
    remaining: null,
    can_leave: true,
    text: "",
    ...fields,
  };
}

function mount() {
  const context = sceneContext({ kind: "wait", page: { header: "Waiting" } });
  const lobby = new LobbyPanel(context);
  context.root.append(lobby.element);
  return { context, lobby };
}

const visible = (selector: string): boolean => find(selector).closest("[hidden]") === null;

beforeEach(() => {
  vi.useFakeTimers();
  document.title = "A study";
});
afterEach(() => {
  vi.useRealTimers();
  setVisible(true);
});

describe("LobbyPanel", () => {
  it("is not there before the server says that somebody waits", () => {
    mount();
    expect(byTestId("lobby").hidden).toBe(true);
  });

  it.each([
    [{ waiting: 1, needed: 2 }, "1 of 2 people are here. Waiting for 1 more."],
    [{ waiting: 1, needed: 4 }, "1 of 4 people are here. Waiting for 3 more."],
    [{ waiting: 5, needed: 2 }, "Enough people are here. Putting your group together…"],
  ])("counts who is there: %j", (fields, text) => {
    const { lobby, context } = mount();
    lobby.update(lobbyView(fields));
    expect(find(".lobby-count").textContent).toBe(text);
    expect(context.announce).toHaveBeenCalledWith(text);
  });

  it("reads out what happened", () => {
    const { lobby, context } = mount();
    lobby.update(lobbyView());
    lobby.update(lobbyView({ text: "You are in line again." }));
    expect(find(".lobby-text").textContent).toBe("You are in line again.");
    expect(context.announce).toHaveBeenLastCalledWith("You are in line again.");
  });

  it("does not repeat itself aloud", () => {
    const { lobby, context } = mount();
    lobby.update(lobbyView());
    lobby.update(lobbyView({ remaining: 3 }));
    expect(context.announce).toHaveBeenCalledOnce();
  });

  it("says what one waits for, but not how many others there are, where the study hides them", () => {
    const { lobby } = mount();
    lobby.update(lobbyView({ waiting: null, position: null }));
    expect(find(".lobby-count").textContent).toBe("Waiting for other participants…");
    expect(visible(".lobby-position")).toBe(false);
    lobby.update(lobbyView({ waiting: null, position: null, needed: 1 }));
    expect(find(".lobby-count").textContent).toBe("The game begins soon.");
  });

  it("says the position of somebody who is not in the next group", () => {
    const { lobby } = mount();
    lobby.update(lobbyView({ position: 2 }));
    expect(visible(".lobby-position")).toBe(false);
    lobby.update(lobbyView({ position: 3, waiting: 3 }));
    expect(find(".lobby-position").textContent).toBe("You are number 3 in line.");
    expect(visible(".lobby-position")).toBe(true);
  });

  it("counts the time down by itself", () => {
    const { lobby } = mount();
    lobby.update(lobbyView({ remaining: 65 }));
    expect(find(".lobby-time").textContent).toContain("1:05");
    vi.advanceTimersByTime(2100);
    expect(find(".lobby-time").textContent).toContain("1:03");
    lobby.update(lobbyView({ remaining: null }));
    expect(visible(".lobby-time")).toBe(false);
  });

  it("lets people leave after a question, where they may", () => {
    const { lobby, context } = mount();
    lobby.update(lobbyView({ can_leave: false }));
    expect(visible('[data-testid="leave"]')).toBe(false);
    lobby.update(lobbyView());
    byTestId<HTMLButtonElement>("leave").click();
    const [stay, go] = find("dialog").querySelectorAll("button");
    stay!.click();
    expect(context.leave).not.toHaveBeenCalled();
    byTestId<HTMLButtonElement>("leave").click();
    find("dialog").querySelectorAll("button")[1]!.click();
    expect(context.leave).toHaveBeenCalledOnce();
    expect(go).toBeDefined();
    expect(document.querySelector("dialog")).toBeNull();
  });

  it("answers an automatic check at once on a page that is seen", () => {
    const { lobby, context } = mount();
    lobby.readyCheck({ game: "g", seconds: 10, mode: "automatic" });
    expect(context.ready).toHaveBeenCalledExactlyOnceWith("g");
    expect(find(".ready-check").textContent).toContain("about to begin");
  });

  it("calls a participant who looks elsewhere, and answers when they are back", () => {
    setVisible(false);
    const { lobby, context } = mount();
    lobby.readyCheck({ game: "g", seconds: 10, mode: "automatic" });
    expect(context.ready).not.toHaveBeenCalled();
    expect(document.title).not.toBe("A study");
    setVisible(true);
    expect(context.ready).toHaveBeenCalledExactlyOnceWith("g");
    expect(document.title).toBe("A study");
  });

  it("asks for a click where the study wants one, with the time that is left", () => {
    const { lobby, context } = mount();
    lobby.readyCheck({ game: "g", seconds: 10, mode: "click" });
    expect(context.ready).not.toHaveBeenCalled();
    const button = byTestId<HTMLButtonElement>("ready");
    expect(document.activeElement).toBe(button);
    vi.advanceTimersByTime(1100);
    expect(find(".ready-time").textContent).toBe("Please answer within 9 seconds.");
    button.click();
    expect(context.ready).toHaveBeenCalledExactlyOnceWith("g");
  });

  it("takes no click after the time is over", () => {
    const { lobby, context } = mount();
    lobby.readyCheck({ game: "g", seconds: 2, mode: "click" });
    const button = byTestId<HTMLButtonElement>("ready");
    vi.advanceTimersByTime(3000);
    button.click();
    expect(context.ready).not.toHaveBeenCalled();
    expect(find(".ready-time").textContent).toBe("The time is over.");
  });

  it("goes back to waiting when the group did not come about", () => {
    setVisible(false);
    const { lobby } = mount();
    lobby.readyCheck({ game: "g", seconds: 10, mode: "automatic" });
    lobby.update(lobbyView());
    expect(visible(".lobby-count")).toBe(true);
    expect(find(".ready-check").hidden).toBe(true);
    expect(document.title).toBe("A study");
  });

  it("is gone when the game begins", () => {
    const { lobby } = mount();
    lobby.update(lobbyView({ remaining: 5 }));
    lobby.close();
    expect(byTestId("lobby").hidden).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("waitScene", () => {
  it("shows the researcher's page with the waiting room below it", () => {
    const context = sceneContext({ kind: "wait", page: { header: "Waiting", body: "<p>B</p>" } });
    const scene = waitScene(context);
    scene.lobby!(lobbyView());
    expect(find("h1").textContent).toBe("Waiting");
    expect(byTestId("lobby").hidden).toBe(false);
    scene.readyCheck!({ game: "g", seconds: 5, mode: "automatic" });
    expect(context.ready).toHaveBeenCalledWith("g");
    scene.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});
