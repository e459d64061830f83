import { completionCode } from "../page/completion_code.js";
import { Countdown } from "../page/countdown.js";
import { h, setText } from "../page/dom.js";
import { isRecord } from "../net/messages.js";
import { type MountedScene, pageText, type SceneContext } from "../scene.js";
import { Heading } from "./heading.js";

const REDIRECT_SECONDS = 10;

/** The last page: thanks, a completion code to copy, and the way back to where people came from. */
export function endScene(context: SceneContext): MountedScene {
  return new EndPage(context);
}

class EndPage implements MountedScene {
  readonly #heading: Heading;
  #countdown: Countdown | undefined;

  constructor(context: SceneContext) {
    const { page } = context.scene;
    this.#heading = new Heading(page);
    context.root.append(...this.#heading.elements.filter((element) => element !== null));
    const text = pageText(page, "text");
    if (text !== "") context.root.append(h("p", { "data-testid": "ending-text" }, text));
    const code = pageText(page, "code");
    if (code !== "") context.root.append(completionCode(code, context.announce));
    const target = redirectOf(page["redirect"]);
    if (target === null) return;
    const toCopy = code !== "" && !target.url.includes(encodeURIComponent(code));
    this.#redirect(context.root, target, toCopy);
  }

  destroy(): void {
    this.#countdown?.stop();
    this.#heading.destroy();
  }

  #redirect(root: HTMLElement, target: RedirectTarget, toCopy: boolean): void {
    const note = h("p", {});
    const go = h(
      "a",
      { href: target.url, class: "button primary", "data-testid": "redirect" },
      "Go on now",
    );
    root.append(note, h("p", { class: "actions" }, go));
    if (toCopy) {
      // somebody who still copies the code must not be taken away from it
      setText(note, "When you have copied the code, go on with this button.");
      return;
    }
    this.#countdown = new Countdown(target.seconds, (left) => {
      setText(note, `You will be taken to ${go.hostname} in ${left} s.`);
      if (left === 0) location.assign(target.url);
    });
  }
}

interface RedirectTarget {
  url: string;
  seconds: number;
}

function redirectOf(value: unknown): RedirectTarget | null {
  if (typeof value === "string" && value !== "") return { url: value, seconds: REDIRECT_SECONDS };
  if (!isRecord(value) || typeof value["url"] !== "string") return null;
  const seconds = value["seconds"];
  return { url: value["url"], seconds: typeof seconds === "number" ? seconds : REDIRECT_SECONDS };
}
