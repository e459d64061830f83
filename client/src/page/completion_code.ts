import { h, setText } from "./dom.js";

/** A completion code with a button that copies it. */
export function completionCode(code: string, announce: (text: string) => void): HTMLElement {
  const output = h("output", { class: "code", "data-testid": "completion-code" }, code);
  const button = h("button", { type: "button" }, "Copy the code");
  button.addEventListener("click", () => {
    void copy(code, output).then((copied) => {
      const text = copied ? "Copied" : "Press Ctrl+C to copy";
      setText(button, text);
      announce(text);
    });
  });
  return h(
    "div",
    { class: "completion" },
    h("p", { id: "mug-code-label" }, "Your completion code"),
    output,
    button,
  );
}

/** Copy a text; where the clipboard is out of reach, select it for the participant. */
async function copy(text: string, element: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return false;
  }
}
