import { describe, expect, it, vi } from "vitest";
import { h, setText, show } from "../../src/page/dom.js";

describe("h", () => {
  it("sets, leaves out, and listens", () => {
    const clicked = vi.fn<() => void>();
    const element = h("button", {
      id: "a",
      hidden: true,
      title: null,
      disabled: false,
      click: clicked,
    });
    element.click();
    expect(element.outerHTML).toBe('<button id="a" hidden=""></button>');
    expect(clicked).toHaveBeenCalledOnce();
  });

  it("writes out what is true and false in ARIA", () => {
    const element = h("div", { "aria-hidden": true, "aria-busy": false, "aria-label": null });
    expect(element.outerHTML).toBe('<div aria-hidden="true" aria-busy="false"></div>');
  });

  it("takes strings as text, never as markup", () => {
    const element = h("p", {}, "<b>no</b>", null, h("i", {}, "yes"));
    expect(element.innerHTML).toBe("&lt;b&gt;no&lt;/b&gt;<i>yes</i>");
  });
});

describe("setText", () => {
  it("does not touch a text that is the same: live regions would speak again", () => {
    const element = h("p", {}, "same");
    const node = element.firstChild;
    setText(element, "same");
    expect(element.firstChild).toBe(node);
    setText(element, "other");
    expect(element.textContent).toBe("other");
  });
});

describe("show", () => {
  it("hides from everybody", () => {
    const element = h("p");
    show(element, false);
    expect(element.hidden).toBe(true);
    show(element, true);
    expect(element.hidden).toBe(false);
  });
});
