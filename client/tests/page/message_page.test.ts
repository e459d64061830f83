import { describe, expect, it, vi } from "vitest";
import { messagePage } from "../../src/page/message_page.js";

describe("messagePage", () => {
  it("has a heading, a text, and one way on", () => {
    const run = vi.fn<() => void>();
    const page = messagePage("Heading", "<b>Text</b>", { label: "Go", run });
    expect(page.querySelector("h1")!.textContent).toBe("Heading");
    expect(page.querySelector("p")!.textContent).toBe("<b>Text</b>");
    page.querySelector("button")!.click();
    expect(run).toHaveBeenCalledOnce();
  });

  it("has no button when there is nothing to do", () => {
    expect(messagePage("H", "T", null).querySelector("button")).toBeNull();
  });
});
