import { afterEach, describe, expect, it } from "vitest";
import { RichBlock, withholdStyles } from "../../src/page/rich_text.js";

describe("withholdStyles", () => {
  it.each([
    ['<p style="color: red">a</p>', '<p data-mug-style="color: red">a</p>'],
    ["<p STYLE='a:b' id=x>a</p>", "<p data-mug-style='a:b' id=x>a</p>"],
    ["<p id=x style=color:red>a</p>", "<p id=x data-mug-style=color:red>a</p>"],
    ['<img alt="a > b" style="x:y"/>', '<img alt="a > b" data-mug-style="x:y"/>'],
    ['<p title="style=1">style="no"</p>', '<p title="style=1">style="no"</p>'],
    ['<p data-style="x">1 < 2</p>', '<p data-style="x">1 < 2</p>'],
    ["<p style>a</p>", "<p data-mug-style>a</p>"],
  ])("%s", (html, markup) => {
    expect(withholdStyles(html)).toEqual({ markup, styles: [] });
  });

  it("takes out style elements", () => {
    const html = "<style>p > b { color: red }</style><p>a</p><STYLE media=all>i{}</STYLE >";
    expect(withholdStyles(html)).toEqual({
      markup: "<p>a</p>",
      styles: ["p > b { color: red }", "i{}"],
    });
  });
});

describe("RichBlock", () => {
  afterEach(() => {
    document.adoptedStyleSheets = [];
  });

  it("shows the researcher's HTML, its style attributes set by script", () => {
    const block = new RichBlock('<b style="color: rgb(1, 2, 3)">bold</b>', "body");
    const bold = block.element.querySelector("b")!;
    expect(bold.style.color).toBe("rgb(1, 2, 3)");
    expect(bold.hasAttribute("data-mug-style")).toBe(false);
  });

  it("has its style elements in force as long as it is there", () => {
    const block = new RichBlock("<style>b { color: red }</style>", "body");
    expect(document.adoptedStyleSheets.map((sheet) => sheet.cssRules[0]!.cssText)).toEqual([
      expect.stringContaining("red"),
    ]);
    block.destroy();
    expect(document.adoptedStyleSheets).toHaveLength(0);
  });

  it("is hidden when there is nothing in it", () => {
    expect(new RichBlock("  \n", "body").element.hidden).toBe(true);
    expect(new RichBlock("text", "body").element.hidden).toBe(false);
  });

  it.each([
    ['<b style="color:red">a</b>', true],
    ['<b style="margin:0; background: #fff">a</b>', true],
    ["<style>p{color:red}</style>", true],
    ['<table bgcolor="white">', true],
    ['<font color="red">a</font>', true],
    ['<b style="border-color-scheme: x">a</b>', false],
    ["<p>The color of it: red</p>", false],
  ])("knows whether colors were chosen in %s: %s", (html, own) => {
    expect(new RichBlock(html, "body").element.classList.contains("own-colors")).toBe(own);
  });
});
