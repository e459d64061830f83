import { beforeEach, describe, expect, it } from "vitest";
import { answerNames, readAnswers, writeAnswers } from "../../src/scenes/answers.js";

const FORM = `
  <input id="text" value="a"><input name="number" type="number" value="4.5"><input id="empty" type="number">
  <input type="radio" name="radio" value="x"><input type="radio" name="radio" value="y" checked>
  <input type="radio" name="none" value="x">
  <input type="checkbox" id="single" checked>
  <input type="checkbox" name="several" value="1" checked><input type="checkbox" name="several" value="2">
  <input type="checkbox" name="several" value="3" checked>
  <select name="choice"><option>one</option><option selected>two</option></select>
  <select name="choices" multiple><option selected>one</option><option>two</option><option selected>three</option></select>
  <textarea id="long">words</textarea><input type="hidden" name="hidden" value="h">
  <input type="range" id="range" min="0" max="10" value="3">
  <input type="submit" name="submit" value="s"><input type="file" name="file"><input name="off" value="o" disabled>
  <input type="password" name="password" value="p"><input value="without a name">
`;
const ANSWERS = {
  text: "a",
  number: 4.5,
  empty: null,
  radio: "y",
  none: null,
  single: true,
  several: ["1", "3"],
  choice: "two",
  choices: ["one", "three"],
  long: "words",
  hidden: "h",
  range: 3,
};

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  root.innerHTML = FORM;
});

describe("answers", () => {
  it("are what every kind of field says", () => {
    expect(readAnswers(root, answerNames(root))).toEqual(ANSWERS);
  });

  it("are only those that are asked for and exist", () => {
    expect(readAnswers(root, ["text", "missing"])).toEqual({ text: "a" });
  });

  it("come back as they were read", () => {
    const blank = document.createElement("div");
    blank.innerHTML = FORM.replaceAll(/ (checked|selected)| value="(a|4.5|3|h)"|words/g, (match) =>
      match.startsWith(" value") && match.includes('"3"') ? match : "",
    );
    expect(readAnswers(blank, answerNames(blank))).not.toEqual(ANSWERS);
    writeAnswers(blank, ANSWERS);
    expect(readAnswers(blank, answerNames(blank))).toEqual(ANSWERS);
  });

  it("take back what is not chosen any more", () => {
    writeAnswers(root, { single: false, several: [], choices: ["two"], radio: "x", text: null });
    expect(readAnswers(root, ["single", "several", "choices", "radio", "text"])).toEqual({
      single: false,
      several: [],
      choices: ["two"],
      radio: "x",
      text: "",
    });
  });

  it("ignore answers whose field is gone", () => {
    writeAnswers(root, { gone: "x" });
    expect(readAnswers(root, answerNames(root))).toEqual(ANSWERS);
  });
});
