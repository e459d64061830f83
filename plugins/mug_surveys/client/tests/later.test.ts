import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { find, sceneContext } from "../../../../client/tests/helpers/page.js";
import { SurveyJsView } from "../src/later.js";

const DEFINITION = { elements: [{ type: "comment", name: "why", isRequired: true }] };

function mount(answers: Record<string, unknown> = {}, definition: object = DEFINITION) {
  const page = { header: "", definition };
  const context = sceneContext({ kind: "surveyjs", page, answers });
  return { context, scene: new SurveyJsView(context) };
}

function write(text: string): void {
  const field = find<HTMLTextAreaElement>("textarea");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

const advance = () => find<HTMLButtonElement>('[data-testid="advance"]');

describe("SurveyJsView", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("sends the answers when they are complete", () => {
    const { context, scene } = mount();
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    write("because");
    advance().click();
    expect(context.advance.mock.calls).toEqual([[{ why: "because" }]]);
    scene.destroy();
  });

  it("leads to what the server refuses, on whatever page it is", async () => {
    const element = (name: string) => ({ elements: [{ type: "text", name }] });
    const { scene } = mount({}, { pages: [element("first"), element("second")] });
    advance().click();
    await vi.advanceTimersByTimeAsync(100);
    expect(document.body.textContent).toContain("second");
    scene.refused({ first: "Please answer this question." });
    await vi.advanceTimersByTimeAsync(100);
    expect(document.body.textContent).toContain("first");
    expect(document.body.textContent).not.toContain("second");
    expect(find(".page-error").textContent).toBe("Please answer this question.");
    scene.destroy();
  });

  it("sends nothing that no server would take, and keeps it in the tab", () => {
    const { context, scene } = mount();
    write("x".repeat(70_000));
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".page-error").textContent).toContain("too long");
    expect(advance().disabled).toBe(false);
    vi.advanceTimersByTime(600);
    expect(context.draft).not.toHaveBeenCalled();
    scene.destroy();
    const again = mount();
    expect(find<HTMLTextAreaElement>("textarea").value).toHaveLength(70_000);
    write("short");
    vi.advanceTimersByTime(600);
    expect(again.context.draft.mock.calls.at(-1)![0]).toMatchObject({ why: "short", $page: 0 });
    again.scene.destroy();
  });
});
