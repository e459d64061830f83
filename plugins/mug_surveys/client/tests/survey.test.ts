import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { find, sceneContext, setVisible } from "../../../../client/tests/helpers/page.js";
import { SurveyView } from "../src/survey.js";
import type { Item, SurveyPage } from "../src/types.js";

const TEXTS: Record<string, string> = {
  continue: "Continue",
  back: "Back",
  check: "Check",
  yes: "Yes",
  no: "No",
  choose: "Choose",
  optional: "optional",
  page: "Page {number} of {pages}",
  required: "Answer this.",
  number: "A number.",
  whole: "Whole.",
  date: "A date.",
  option: "An option.",
  one_problem: "One problem.",
  several_problems: "Several problems.",
  too_much: "Too much.",
  slide_how: "Press.",
  slide_none: "None yet",
  rank_how: "In order.",
  rank_again: "Again",
  rank_none: "none",
  rank_place: "place {place}",
  left: "{count} left",
  consent_sure: "Sure?",
  consent_end: "End",
  consent_return: "Return",
};

const CONSENT = { agree: "I do", decline: "I do not", sha256: "5ha" };

function item(fields: Partial<Item> & { name: string; type: string }): Item {
  return { text: `${fields.name}?`, when: null, help: "", required: true, ...fields };
}

const NAME = item({ name: "name", type: "text", least: 0, most: 100, format: "text", pattern: "" });
const PLAYS = item({
  name: "plays",
  type: "yes_no",
  options: [
    { value: true, label: "" },
    { value: false, label: "" },
  ],
});
const GAMES = item({
  name: "games",
  type: "choices",
  text: ["What, ", { ref: "name" }, "?"],
  when: ["ref", "plays"],
  least: 1,
  most: null,
  options: [
    { value: "a", label: "A" },
    { value: "b", label: "B" },
    { value: "none", label: "None", exclusive: true },
  ],
});

function mount(
  items: Item[],
  page: Partial<SurveyPage> = {},
  answers: Record<string, unknown> = {},
) {
  const whole = {
    header: "Survey",
    subheader: "",
    body: "",
    language: "",
    direction: "ltr",
    texts: TEXTS,
    step: 0,
    number: 1,
    pages: 1,
    back: false,
    quiz: false,
    title: "",
    items,
    answers: {},
    known: {},
    shown: {},
    ...page,
  };
  const context = sceneContext({ kind: "survey", page: whole, answers });
  return { context, scene: new SurveyView(context) };
}

const block = (name: string) => find(`[data-question="${name}"]`);
const advance = () => find<HTMLButtonElement>('[data-testid="advance"]');

function type(name: string, value: string): void {
  const field = find<HTMLInputElement>("input, textarea", block(name));
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function tick(name: string, place: number): HTMLInputElement {
  const box = block(name).querySelectorAll<HTMLInputElement>("input")[place]!;
  box.click();
  return box;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("SurveyView", () => {
  it("shows what depends on other answers, and fills these into texts", () => {
    mount([NAME, PLAYS, GAMES]);
    expect(block("games").hidden).toBe(true);
    type("name", "<b>Ann</b>");
    tick("plays", 0);
    expect(block("games").hidden).toBe(false);
    expect(block("games").textContent).toContain("What, <b>Ann</b>?");
    expect(block("games").querySelector("b")).toBeNull();
    tick("plays", 1);
    expect(block("games").hidden).toBe(true);
  });

  it("sends only what is shown, with the step and the seconds", () => {
    const { context } = mount([NAME, PLAYS, GAMES], { step: 3 });
    vi.advanceTimersByTime(1500);
    type("name", "Ann");
    tick("plays", 0);
    tick("games", 1);
    tick("plays", 1);
    advance().click();
    const [sent] = context.advance.mock.calls[0]!;
    expect(sent).toEqual({
      name: "Ann",
      plays: false,
      $step: 3,
      $seconds: { name: 1.5, plays: 0, games: 0 },
    });
    expect(advance().disabled).toBe(true);
  });

  it("complains beside the questions and in a summary, and sends nothing", () => {
    const { context } = mount([NAME, PLAYS]);
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".survey-summary-title").textContent).toBe("Several problems.");
    expect(document.activeElement).toBe(find(".survey-summary"));
    expect(find("input", block("name")).getAttribute("aria-describedby")).toBe("survey-name.error");
    type("name", "Ann");
    expect(find("input", block("name")).hasAttribute("aria-invalid")).toBe(false);
    expect(find(".survey-summary").textContent).toBe("Several problems.plays? Answer this.");
    tick("plays", 1);
    expect(find(".survey-summary").hidden).toBe(true);
  });

  it("shows what the server says, and keeps what was judged for a reload", () => {
    const { context, scene } = mount([NAME], { quiz: true });
    type("name", "Ann");
    advance().click();
    scene.refused({ name: "Wrong.", "": "Try again." });
    expect(find(".survey-summary-title").textContent).toBe("Try again.");
    expect(find(".field-error", block("name")).textContent).toBe("Wrong.");
    expect(advance().disabled).toBe(false);
    expect(context.draft).toHaveBeenCalledOnce();
  });

  it("makes one attempt at a quiz of a button that is pressed again before there is an answer", () => {
    const { context, scene } = mount([NAME], { quiz: true });
    type("name", "Ann");
    advance().click();
    vi.advanceTimersByTime(10_000);
    advance().click();
    scene.refused({ name: "Wrong.", "": "Try again." });
    advance().click();
    const [first, again, next] = context.advance.mock.calls.map(([sent]) => sent["$attempt"]);
    expect(first).toBeTruthy();
    expect(again).toBe(first);
    expect(next).not.toBe(first);
  });

  it("saves a draft when typing pauses, and takes up one of the same step only", () => {
    const { context } = mount([NAME], { step: 2 });
    type("name", "A");
    vi.advanceTimersByTime(200);
    type("name", "An");
    vi.advanceTimersByTime(600);
    expect(context.draft.mock.calls).toEqual([[{ name: "An", $step: 2, $seconds: { name: 0.2 } }]]);
    mount([NAME], { step: 2 }, { name: "An", $step: 2, $seconds: { name: 4 } });
    expect(find<HTMLInputElement>("input", block("name")).value).toBe("An");
    mount([NAME], { step: 3, answers: { name: "Kept" } }, { name: "An", $step: 2 });
    expect(find<HTMLInputElement>("input", block("name")).value).toBe("Kept");
  });

  it("keeps a draft in the tab that is too long for the server", () => {
    const text = item({ name: "t", type: "long_text", least: 0, most: 9 ** 9, format: "text" });
    const { context, scene } = mount([{ ...text, pattern: "" }], { step: 1 });
    type("t", "x".repeat(20_000));
    vi.advanceTimersByTime(600);
    expect(context.draft).not.toHaveBeenCalled();
    scene.destroy();
    mount([{ ...text, pattern: "" }], { step: 1 }, { t: "older", $step: 1 });
    expect(find<HTMLTextAreaElement>("textarea", block("t")).value).toHaveLength(20_000);
    new SurveyView(mount([{ ...text, pattern: "" }], { step: 1 }).context, "somebody else");
    const fields = [...document.querySelectorAll("textarea")].map((field) => field.value.length);
    expect(fields).toEqual([20_000, 0]);
    mount([{ ...text, pattern: "" }], { step: 1 });
    type("t", "short again");
    vi.advanceTimersByTime(600);
    mount([{ ...text, pattern: "" }], { step: 1 }, { t: "short again", $step: 1 });
    expect(find<HTMLTextAreaElement>("textarea", block("t")).value).toBe("short again");
  });

  it("saves at once when the page is hidden, if there is something to save", () => {
    const { context } = mount([NAME]);
    setVisible(false);
    expect(context.draft).not.toHaveBeenCalled();
    setVisible(true);
    type("name", "A");
    setVisible(false);
    expect(context.draft).toHaveBeenCalledOnce();
    setVisible(true);
  });

  it("goes back with what is there, finished or not", () => {
    const { context } = mount([NAME, PLAYS], { back: true, step: 1 });
    type("name", "Ann");
    find('[data-testid="back"]').click();
    expect(context.advance).toHaveBeenCalledWith({
      name: "Ann",
      plays: null,
      $step: 1,
      $seconds: { name: 0 },
      $back: true,
    });
  });

  it("does not count the time during which the page is hidden", () => {
    const { context } = mount([NAME]);
    vi.advanceTimersByTime(1000);
    setVisible(false);
    vi.advanceTimersByTime(60_000);
    setVisible(true);
    vi.advanceTimersByTime(500);
    type("name", "Ann");
    advance().click();
    expect(context.advance.mock.calls[0]![0]["$seconds"]).toEqual({ name: 1.5 });
  });

  it("lets 'none of these' exclude the others, and the others it", () => {
    mount([{ ...GAMES, when: null }]);
    const [a, b, none] = [tick("games", 0), tick("games", 1), tick("games", 2)];
    expect([a.checked, b.checked, none.checked]).toEqual([false, false, true]);
    tick("games", 0);
    expect([a.checked, b.checked, none.checked]).toEqual([true, false, false]);
  });

  it("keeps apart what is named alike", () => {
    const options = ["a", "b"].map((value) => ({ value, label: value }));
    const lines = [
      { value: "help", label: "Help" },
      { value: "x", label: "X" },
    ];
    const team = item({ name: "team", type: "matrix", help: "Each line.", lines, options });
    mount([team, item({ name: "team-x", type: "choice", options })]);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    const inLine = tick("team", 2);
    tick("team-x", 0);
    expect(inLine.checked).toBe(true);
  });

  it("lets an optional answer from before a reload be taken back at once", () => {
    for (const one of [
      { ...PLAYS, required: false },
      item({ name: "plays", type: "likert", required: false, options: PLAYS.options! }),
    ]) {
      mount([one], {}, { plays: true, $step: 0 });
      const yes = find<HTMLInputElement>("input", block("plays"));
      expect(yes.checked).toBe(true);
      yes.click();
      expect(yes.checked).toBe(false);
    }
  });

  it("lets an optional answer be taken back", () => {
    mount([{ ...PLAYS, required: false }]);
    const yes = tick("plays", 0);
    expect(yes.checked).toBe(true);
    yes.click();
    expect(yes.checked).toBe(false);
  });

  it("reads numbers with a comma, and keeps what is no number", () => {
    const number = item({ name: "n", type: "number", minimum: null, maximum: null, whole: false });
    const { context } = mount([number]);
    type("n", "many");
    advance().click();
    expect(find(".field-error", block("n")).textContent).toBe("A number.");
    type("n", " 1,5 ");
    advance().click();
    expect(context.advance.mock.calls[0]![0]["n"]).toBe(1.5);
    vi.advanceTimersByTime(10_000);
    type("n", "٣۴٫٥");
    advance().click();
    expect(context.advance.mock.calls[1]![0]["n"]).toBe(34.5);
    vi.advanceTimersByTime(10_000);
    type("n", "−１８．５");
    advance().click();
    expect(context.advance.mock.calls[2]![0]["n"]).toBe(-18.5);
  });

  it("takes no number that others would read otherwise", () => {
    const number = item({ name: "n", type: "number", minimum: null, maximum: null, whole: false });
    const whole = item({ name: "w", type: "number", minimum: null, maximum: null, whole: true });
    const { context } = mount([number, whole]);
    for (const [n, w] of [
      ["50,000", "50,000"],
      ["1,234,567", "1.000"],
      ["1e3", "2.5"],
      ["－", "−"],
    ]) {
      type("n", n!);
      type("w", w!);
      advance().click();
      expect(find(".field-error", block("n")).textContent).toBe("A number.");
      expect(find(".field-error", block("w")).textContent).toBe("Whole.");
    }
    expect(context.advance).not.toHaveBeenCalled();
    type("n", "1.234");
    type("w", "-50000");
    advance().click();
    expect(context.advance.mock.calls[0]![0]).toMatchObject({ n: 1.234, w: -50000 });
  });

  it("does not take a date that is half written for none", () => {
    const day = item({ name: "d", type: "date", required: false, minimum: "", maximum: "" });
    const { context } = mount([day]);
    const field = find<HTMLInputElement>("input", block("d"));
    Object.defineProperty(field, "validity", { value: { badInput: true }, configurable: true });
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".field-error", block("d")).textContent).toBe("A date.");
    Object.defineProperty(field, "validity", { value: { badInput: false } });
    advance().click();
    expect(context.advance.mock.calls[0]![0]["d"]).toBeNull();
  });

  it("has no mark on a line before one is set, by pointer or key", () => {
    const line = item({ name: "s", type: "slider", minimum: 0, maximum: 100, step: 1 });
    const { context } = mount([line]);
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    const field = find<HTMLInputElement>("input", block("s"));
    expect(field.getAttribute("aria-valuetext")).toBe("None yet");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    advance().click();
    expect(context.advance.mock.calls[0]![0]["s"]).toBe(50);
  });

  it("ranks what is pressed, in order", () => {
    const options = ["a", "b", "c"].map((value) => ({ value, label: value }));
    const { context } = mount([item({ name: "r", type: "ranking", most: 2, options })]);
    const [a, b, c] = block("r").querySelectorAll<HTMLButtonElement>(".survey-ranked");
    for (const button of [c!, a!, b!]) button.click();
    expect(c!.textContent).toContain("place 1");
    c!.click();
    b!.click();
    advance().click();
    expect(context.advance.mock.calls[0]![0]["r"]).toEqual(["a", "b"]);
  });

  it("sends nothing that no server would take", () => {
    const text = item({ name: "t", type: "long_text", least: 0, most: 10 ** 6, format: "text" });
    const { context } = mount([{ ...text, pattern: "" }]);
    type("t", "x".repeat(100_000));
    advance().click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".survey-summary-title").textContent).toBe("Too much.");
  });

  it("leads back, and declines, whatever was written", async () => {
    const text = item({ name: "t", type: "long_text", least: 0, most: 10 ** 6, format: "text" });
    const long = { ...text, pattern: "" };
    const { context } = mount([long], { back: true });
    type("t", "x".repeat(100_000));
    find('[data-testid="back"]').click();
    expect(context.advance).not.toHaveBeenCalled();
    expect(find(".survey-summary-title").textContent).toBe("Too much.");
    const consent = mount([long], { consent: CONSENT });
    type("t", "x".repeat(100_000));
    find('[data-testid="decline"]').click();
    find('[data-testid="decline-sure"]').click();
    await vi.waitFor(() => expect(consent.context.advance).toHaveBeenCalledOnce());
    expect(consent.context.advance.mock.calls[0]![0]).toEqual({ $step: 0, agreed: false });
  });

  it("agrees with one button, and declines with another after a question", async () => {
    const { context } = mount([], { consent: CONSENT });
    expect(advance().textContent).toBe("I do");
    find('[data-testid="decline"]').click();
    find('[data-testid="decline-sure"]').click();
    await vi.waitFor(() => expect(context.advance).toHaveBeenCalledOnce());
    expect(context.advance.mock.calls[0]![0]["agreed"]).toBe(false);
    advance().click();
    expect(context.advance.mock.calls[1]![0]).toMatchObject({ agreed: true, sha256: "5ha" });
  });

  it("moves on by Enter in a field, but agrees to nothing by it", () => {
    const press = () => {
      const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
      find("input", block("name")).dispatchEvent(key);
    };
    const { context } = mount([NAME]);
    type("name", "Ann");
    press();
    expect(context.advance).toHaveBeenCalledOnce();
    const consent = mount([NAME], { consent: CONSENT });
    type("name", "Ann");
    press();
    expect(consent.context.advance).not.toHaveBeenCalled();
  });

  it("says which page it is, under the page's own heading", () => {
    mount([NAME], {
      title: ["Hello ", { ref: "other" }],
      shown: { other: "you" },
      pages: 3,
      number: 2,
    });
    expect(find("h1").textContent).toBe("Hello you");
    expect(find(".survey-progress").textContent).toBe("Page 2 of 3");
  });

  it("leaves nothing behind", () => {
    const { context, scene } = mount([NAME]);
    type("name", "A");
    scene.destroy();
    vi.advanceTimersByTime(1000);
    expect(context.draft).not.toHaveBeenCalled();
  });
});
