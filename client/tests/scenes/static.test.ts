import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { staticScene } from "../../src/scenes/static.js";
import { byTestId, find, sceneContext } from "../helpers/page.js";

const BODY = '<input id="name" required><input id="other"><textarea id="long"></textarea>';

function mount(page: Record<string, unknown>, answers: Record<string, unknown> = {}) {
  const context = sceneContext({ page, answers });
  return { context, scene: staticScene(context) };
}

function type(selector: string, value: string): void {
  const field = find<HTMLInputElement>(selector);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

const advance = () => byTestId<HTMLButtonElement>("advance");

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("staticScene", () => {
  it("shows heading, line below it, and the researcher's HTML", () => {
    mount({ header: "<b>H</b>", subheader: "S", body: "<i>B</i>" });
    expect(find("h1").textContent).toBe("<b>H</b>");
    expect(find(".subheader").textContent).toBe("S");
    expect(find(".scene-body i").textContent).toBe("B");
  });

  it("always has a main heading, seen or not, and only one", () => {
    document.title = "Study";
    mount({ header: "", subheader: "", body: "x" });
    expect(find("h1").textContent).toBe("Study");
    expect(find("h1").className).toBe("visually-hidden");
    mount({ header: "", subheader: "", body: "<h1>Own</h1>" });
    expect(document.querySelectorAll("h1")).toHaveLength(1);
  });

  it("leaves with the declared answers once the fields are filled in", () => {
    const { context } = mount({ body: BODY, fields: ["name"] });
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".field-error")).toBeTruthy();
    type("#name", "Ada");
    type("#other", "x");
    advance().click();
    expect(context.advance).toHaveBeenCalledWith({ name: "Ada" });
    expect(advance().disabled).toBe(true);
  });

  it("collects every field when the page does not say which", () => {
    const { context } = mount({ body: BODY });
    type("#name", "Ada");
    advance().click();
    expect(context.advance).toHaveBeenCalledWith({ name: "Ada", other: "", long: "" });
  });

  it("has what was typed before", () => {
    mount({ body: BODY }, { name: "Ada" });
    expect(find<HTMLInputElement>("#name").value).toBe("Ada");
  });

  it("saves a draft when typing pauses", () => {
    const { context } = mount({ body: BODY, fields: ["name"] });
    type("#name", "A");
    vi.advanceTimersByTime(200);
    type("#name", "Ad");
    vi.advanceTimersByTime(200);
    expect(context.draft).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(context.draft.mock.calls).toEqual([[{ name: "Ad" }]]);
  });

  it("saves nothing where nothing is collected", () => {
    const { context } = mount({ body: BODY, fields: [] });
    type("#name", "A");
    vi.advanceTimersByTime(1000);
    expect(context.draft).not.toHaveBeenCalled();
  });

  it("saves again what was typed while the connection was away", () => {
    const { context, scene } = mount({ body: BODY, fields: ["name"] });
    scene.resumed!();
    expect(context.draft).not.toHaveBeenCalled();
    type("#name", "Ada");
    vi.advanceTimersByTime(400);
    scene.resumed!();
    expect(context.draft).toHaveBeenCalledTimes(2);
  });

  it("can be left again after the server refused or came back", () => {
    const { scene, context } = mount({ body: BODY, fields: ["name"] }, { name: "x" });
    advance().click();
    scene.refused!({ name: "Another one, please." });
    expect(advance().disabled).toBe(false);
    expect(find(".field-error").textContent).toBe("Another one, please.");
    advance().click();
    scene.resumed!();
    advance().click();
    expect(context.advance).toHaveBeenCalledTimes(3);
  });

  it("goes on with Enter in a line of text, not in a text of several lines", () => {
    const { context } = mount({ body: BODY, fields: ["name"] }, { name: "x" });
    const enter = (): Event =>
      new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    find("#long").dispatchEvent(enter());
    expect(context.advance).not.toHaveBeenCalled();
    find("#name").dispatchEvent(enter());
    expect(context.advance).toHaveBeenCalledOnce();
  });

  it("does not let a form in the page send itself", () => {
    mount({ body: "<form><input name=a></form>" });
    const submit = new Event("submit", { bubbles: true, cancelable: true });
    find("form").dispatchEvent(submit);
    expect(submit.defaultPrevented).toBe(true);
  });

  it("saves nothing after it is gone", () => {
    const { context, scene } = mount({ body: BODY });
    type("#name", "A");
    scene.destroy();
    vi.advanceTimersByTime(1000);
    expect(context.draft).not.toHaveBeenCalled();
  });
});
