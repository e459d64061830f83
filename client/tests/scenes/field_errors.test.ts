import { beforeEach, describe, expect, it } from "vitest";
import { h } from "../../src/page/dom.js";
import { FieldErrors } from "../../src/scenes/field_errors.js";

let body: HTMLElement;
let summary: HTMLElement;
let errors: FieldErrors;

beforeEach(() => {
  body = h("div");
  body.innerHTML = `<label>Name <input id="name" required></label>
    <label><input type="radio" name="pick" value="1"></label><label><input type="radio" name="pick" value="2"></label>`;
  summary = h("p", { tabindex: -1 });
  document.body.replaceChildren(body, summary);
  errors = new FieldErrors(body, summary);
});

const input = (): HTMLInputElement => body.querySelector("#name")!;

describe("FieldErrors", () => {
  it("stand beside their fields, tied to them, with the focus on the first", () => {
    errors.show({ name: "Please say your name.", pick: "Please pick one." });
    const messages = [...body.querySelectorAll<HTMLElement>(".field-error")];
    expect(messages.map((message) => message.textContent)).toEqual([
      "Please say your name.",
      "Please pick one.",
    ]);
    expect(input().getAttribute("aria-invalid")).toBe("true");
    expect(input().getAttribute("aria-describedby")).toBe(messages[0]!.id);
    expect(body.querySelectorAll('[name="pick"][aria-invalid]')).toHaveLength(2);
    expect(document.activeElement).toBe(input());
    expect(summary.textContent).toBe("Please look at the marked questions.");
  });

  it("stand in the summary when they are about the page or about no field", () => {
    errors.show({ "": "Not now.", gone: "Not that." });
    expect(summary.textContent).toBe("Not now. Not that.");
    expect(document.activeElement).toBe(summary);
  });

  it("take the place of earlier ones", () => {
    errors.show({ name: "One" });
    errors.show({ name: "Two" });
    expect(body.querySelectorAll(".field-error")).toHaveLength(1);
    errors.clear();
    expect(body.querySelector(".field-error")).toBeNull();
    expect(input().hasAttribute("aria-invalid")).toBe(false);
    expect(input().hasAttribute("aria-describedby")).toBe(false);
    expect(summary.textContent).toBe("");
  });

  it("find what the browser finds", () => {
    expect(errors.validate()).toBe(false);
    expect(body.querySelectorAll(".field-error")).toHaveLength(1);
    input().value = "Ada";
    expect(errors.validate()).toBe(true);
    expect(body.querySelector(".field-error")).toBeNull();
  });

  it("are shown as text", () => {
    errors.show({ name: "<b>bold</b>" });
    expect(body.querySelector(".field-error b")).toBeNull();
  });
});
