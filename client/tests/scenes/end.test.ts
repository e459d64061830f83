import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { endScene } from "../../src/scenes/end.js";
import { byTestId, find, sceneContext } from "../helpers/page.js";

const assign = vi.fn<(url: string) => void>();

function mount(page: Record<string, unknown>) {
  const context = sceneContext({ kind: "end", page: { header: "Thanks", ...page } });
  return { context, scene: endScene(context) };
}

beforeEach(() => {
  vi.useFakeTimers();
  assign.mockReset();
  vi.spyOn(location, "assign").mockImplementation(assign as never);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("endScene", () => {
  it("has nothing to press when there is nowhere to go", () => {
    mount({});
    expect(document.querySelectorAll("button, a")).toHaveLength(0);
  });

  it("takes people on after a countdown, or at once by a link", () => {
    mount({ redirect: { url: "https://back.test/", seconds: 5 } });
    expect(byTestId<HTMLAnchorElement>("redirect").href).toBe("https://back.test/");
    expect(find("section").textContent).toContain("You will be taken to back.test in 5 s.");
    vi.advanceTimersByTime(4000);
    expect(assign).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    expect(assign).toHaveBeenCalledWith("https://back.test/");
  });

  it("does not take anybody on who has left the page", () => {
    mount({ redirect: { url: "https://back.test/", seconds: 5 } }).scene.destroy();
    vi.advanceTimersByTime(10_000);
    expect(assign).not.toHaveBeenCalled();
  });

  it("does not take anybody away from a code they have to copy", () => {
    mount({ code: "ABC", redirect: { url: "https://back.test/", seconds: 5 } });
    vi.advanceTimersByTime(60_000);
    expect(assign).not.toHaveBeenCalled();
    expect(byTestId<HTMLAnchorElement>("redirect").href).toBe("https://back.test/");
  });

  it("takes people on whose code goes with them", () => {
    mount({ code: "A/B", redirect: { url: "https://back.test/?cc=A%2FB", seconds: 5 } });
    vi.advanceTimersByTime(6000);
    expect(assign).toHaveBeenCalledWith("https://back.test/?cc=A%2FB");
  });

  it("shows a sentence of its own", () => {
    mount({ text: "Your bonus is <b>1.20</b>." });
    expect(byTestId("ending-text").textContent).toBe("Your bonus is <b>1.20</b>.");
  });

  it("copies the code", async () => {
    const writeText = vi.fn<(text: string) => Promise<void>>().mockResolvedValue(undefined);
    vi.spyOn(navigator, "clipboard", "get").mockReturnValue({ writeText } as never);
    const { context } = mount({ code: "ABC" });
    expect(byTestId("completion-code").textContent).toBe("ABC");
    const button = find<HTMLButtonElement>(".completion button");
    button.click();
    await vi.advanceTimersByTimeAsync(0);
    expect(writeText).toHaveBeenCalledWith("ABC");
    expect(button.textContent).toBe("Copied");
    expect(context.announce).toHaveBeenCalledWith("Copied");
  });

  it("selects the code where the clipboard is out of reach", async () => {
    vi.spyOn(navigator, "clipboard", "get").mockReturnValue(undefined as never);
    mount({ code: "ABC" });
    const button = find<HTMLButtonElement>(".completion button");
    button.click();
    await vi.advanceTimersByTimeAsync(0);
    expect(getSelection()!.toString()).toBe("ABC");
    expect(button.textContent).toBe("Press Ctrl+C to copy");
  });

  it.each([null, "", 3, { seconds: 3 }, { url: 3 }])("goes nowhere for %j", (redirect) => {
    mount({ redirect });
    vi.advanceTimersByTime(60_000);
    expect(assign).not.toHaveBeenCalled();
  });
});
