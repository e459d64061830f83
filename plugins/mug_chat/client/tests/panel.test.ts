import { beforeEach, describe, expect, it, vi } from "vitest";
import { ChatPanel, type Tell } from "../src/panel.js";
import { type News, parseNews, type Room } from "../src/words.js";

const ROOM: Room = {
  type: "room",
  room: "g1",
  others: ["Player 2"],
  more: 0,
  free: true,
  quick: ["Go!"],
  emotes: [],
  longest: 40,
  typing: true,
  closed: "",
  lines: [],
};

let answers: (Record<string, unknown> | null)[];
let tell: ReturnType<typeof vi.fn<Tell>>;
let panel: ChatPanel;

function part(testId: string): HTMLElement {
  return document.querySelector<HTMLElement>(`[data-testid="${testId}"]`)!;
}

function input(): HTMLInputElement {
  return part("chat-input") as HTMLInputElement;
}

function said(number: number, text: string, own = false): News {
  const line = { number, seat: own ? "a" : "b", name: "Player 2", kind: "text", text, own };
  return { type: "said", room: "g1", line };
}

function lines(): string[] {
  return [...part("chat-log").children].map((line) => line.textContent ?? "");
}

function sent(): Record<string, unknown>[] {
  return tell.mock.calls.map(([message]) => message).filter(({ do: what }) => what === "say");
}

async function write(text: string): Promise<void> {
  input().value = text;
  part("chat")
    .querySelector("form")!
    .dispatchEvent(new Event("submit", { cancelable: true }));
  await new Promise((done) => setTimeout(done));
}

beforeEach(() => {
  document.body.replaceChildren();
  answers = [];
  tell = vi.fn<Tell>(() => Promise.resolve(answers.length > 0 ? answers.shift()! : { ok: true }));
  panel = new ChatPanel(tell);
  panel.take(ROOM);
});

describe("messages", () => {
  it("are text, whatever they look like", () => {
    panel.take(said(1, "<img src=x onerror=alert(1)>"));
    expect(lines()).toEqual(["Player 2: <img src=x onerror=alert(1)>"]);
    expect(part("chat-log").querySelector("img")).toBeNull();
  });

  it("are shown once, and only in their room", () => {
    panel.take(said(1, "one"));
    panel.take({ ...ROOM, lines: [(said(1, "one") as { line: Room["lines"][0] }).line] });
    panel.take({ ...said(2, "elsewhere"), room: "g2" } as News);
    expect(lines()).toEqual(["Player 2: one"]);
  });

  it("of another room do not stay", () => {
    panel.take(said(1, "one"));
    panel.take({ ...ROOM, room: "g2" });
    expect(lines()).toEqual([]);
    panel.take({ type: "nowhere" });
    expect(part("chat")).toBeNull();
    expect(document.body.classList.contains("with-chat")).toBe(false);
  });
});

describe("who is there", () => {
  it("is told, as it changes", () => {
    const others = document.querySelector(".chat-others")!;
    expect(others.textContent).toBe("With you: Player 2");
    panel.take({ type: "here", room: "g1", others: ["Player 2", "Player 3"], more: 7 });
    expect(others.textContent).toBe("With you: Player 2, Player 3, and 7 more");
    panel.take({ type: "here", room: "g1", others: [], more: 0 });
    expect(others.textContent).toBe("Nobody else is here yet.");
  });
});

describe("writing", () => {
  it("empties the field once the server has the message", async () => {
    await write("hello");
    await vi.waitFor(() => expect(input().value).toBe(""));
    expect(sent()).toMatchObject([{ kind: "text", text: "hello" }]);
  });

  it("is free for the next message before the last one has arrived", async () => {
    let arrived: (answer: Record<string, unknown>) => void = () => {};
    tell.mockImplementationOnce(() => new Promise((resolve) => (arrived = resolve)));
    await write("one");
    expect(input().value).toBe("");
    await write("two");
    input().value = "thr";
    arrived({ ok: false, reason: "No." });
    await vi.waitFor(() => expect(part("chat-note").textContent).toBe("No."));
    expect(input().value).toBe("thr");
    expect(sent()).toMatchObject([{ text: "one" }, { text: "two" }]);
  });

  it("keeps what was refused, and says why", async () => {
    answers = [{ ok: false, reason: "Too long." }];
    await write("hello");
    await vi.waitFor(() => expect(part("chat-note").textContent).toBe("Too long."));
    expect(input().value).toBe("hello");
  });

  it("tries again under the same name when nobody knows whether it arrived", async () => {
    answers = [null];
    await write("hello");
    await vi.waitFor(() => expect(part("chat-note").textContent).toContain("try again"));
    await write("hello");
    await vi.waitFor(() => expect(input().value).toBe(""));
    await write("hello");
    const ids = sent().map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it("sends nothing while it is closed, or the connection is away", async () => {
    panel.take({ ...ROOM, closed: "The game is over." });
    expect(part("chat-note").textContent).toBe("The game is over.");
    await write("hello");
    panel.take(ROOM);
    expect(part("chat-note").textContent).toBe("");
    panel.connection(false);
    expect(input().readOnly).toBe(true);
    document.querySelector<HTMLElement>(".chat-quick button")!.click();
    expect(sent()).toEqual([]);
    panel.connection(true);
    document.querySelector<HTMLElement>(".chat-quick button")!.click();
    expect(sent()).toMatchObject([{ kind: "quick", text: "Go!" }]);
  });

  it("counts emoji as the server does, once few characters are left", () => {
    input().value = "🙂".repeat(38);
    input().dispatchEvent(new Event("input"));
    expect(document.querySelector(".chat-left")!.textContent).toBe("2 left");
  });

  it("gives the keyboard back to the game at Escape", () => {
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.dataset["testid"] = "game-canvas";
    document.body.append(canvas);
    input().focus();
    input().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(document.activeElement).toBe(canvas);
  });
});

describe("typing", () => {
  it("is told now and then, and shown until it ends", () => {
    vi.useFakeTimers();
    try {
      for (const value of ["h", "he", "hel"]) {
        input().value = value;
        input().dispatchEvent(new Event("input"));
      }
      expect(tell.mock.calls).toEqual([[{ do: "typing", on: true }]]);
      panel.take({ type: "typing", room: "g1", seat: "b", name: "Player 2", on: true });
      expect(part("chat-typing").textContent).toBe("Player 2 is typing…");
      vi.advanceTimersByTime(5000);
      expect(part("chat-typing").textContent).toBe("");
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what the server says", () => {
  it.each([null, 3, {}, { type: "room" }, { type: "odd", room: "g1" }])(
    "may be nonsense: %j",
    (news) => {
      expect(parseNews(news)).toBeNull();
    },
  );
});
