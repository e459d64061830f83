import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow } from "../src/index.js";

const PAGE = `
  <p id="open-study"><a href="../../">Open the study</a></p>
  <p id="task-status" data-status="task.json?assignmentId=X1">Keep this page open.</p>
  <form id="task-form" action="https://www.mturk.com/mturk/externalSubmit" hidden>
    <button type="submit">Submit</button>
  </form>`;
const FIELDS = { assignmentId: "X1", outcome: "completed", code: "<b>" };
const ask = vi.fn<(url: string) => Promise<unknown>>();

function form(): HTMLFormElement {
  return document.getElementById("task-form") as HTMLFormElement;
}

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockReset();
  document.body.innerHTML = PAGE;
});
afterEach(() => vi.useRealTimers());

describe("the page in the frame", () => {
  it("shows the form once the study is over, with what is submitted", async () => {
    ask.mockResolvedValueOnce({ done: false, fields: {} });
    ask.mockResolvedValueOnce({ done: true, fields: FIELDS });
    follow(document, ask);
    await vi.advanceTimersByTimeAsync(100);
    expect(form().hidden).toBe(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(form().hidden).toBe(false);
    expect(ask).toHaveBeenCalledWith("task.json?assignmentId=X1");
    expect(Object.fromEntries(new FormData(form()))).toEqual(FIELDS);
    expect(document.getElementById("open-study")).toBeNull();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["no connection", () => ask.mockRejectedValueOnce(new TypeError("failed"))],
    ["nonsense", () => ask.mockResolvedValueOnce("done")],
    ["half an answer", () => ask.mockResolvedValueOnce({ done: true, fields: null })],
  ])("asks again after %s", async (_, prepare) => {
    prepare();
    ask.mockResolvedValueOnce({ done: true, fields: FIELDS });
    follow(document, ask);
    await vi.advanceTimersByTimeAsync(5000);
    expect(form().hidden).toBe(false);
  });

  it("asks no more when the page is left, and nothing on a preview", async () => {
    ask.mockResolvedValue({ done: false, fields: {} });
    const stop = follow(document, ask);
    await vi.advanceTimersByTimeAsync(100);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledOnce();
    document.body.innerHTML = "<p>A preview</p>";
    follow(document, ask);
    expect(ask).toHaveBeenCalledOnce();
  });
});
