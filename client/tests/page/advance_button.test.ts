import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AdvanceButton } from "../../src/page/advance_button.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("AdvanceButton", () => {
  it("asks once and waits for the answer", () => {
    const press = vi.fn<() => boolean>().mockReturnValue(true);
    const button = new AdvanceButton(press);
    button.element.click();
    button.element.click();
    expect(press).toHaveBeenCalledOnce();
    expect(button.element.disabled).toBe(true);
    button.enable();
    button.element.click();
    expect(press).toHaveBeenCalledTimes(2);
  });

  it("stays as it is when there was nothing to ask", () => {
    const button = new AdvanceButton(() => false);
    button.element.click();
    expect(button.element.disabled).toBe(false);
  });

  it("can be pressed again when no answer comes", () => {
    const button = new AdvanceButton(() => true);
    button.element.click();
    vi.advanceTimersByTime(8000);
    expect(button.element.disabled).toBe(false);
  });
});
