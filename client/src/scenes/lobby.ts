import { Attention } from "../page/attention.js";
import { clockDuration, Countdown, spokenDuration } from "../page/countdown.js";
import { h, setText, show } from "../page/dom.js";
import type { LobbyView, ReadyCheck } from "../protocol.js";
import type { SceneContext } from "../scene.js";

/** The waiting room: who is there, how long it may take, a way out, and the call when it starts. */
export class LobbyPanel {
  readonly element: HTMLElement;
  readonly #context: SceneContext;
  readonly #attention = new Attention();
  readonly #text = h("p", { class: "lobby-text" });
  readonly #count = h("p", { class: "lobby-count" });
  readonly #position = h("p", { class: "lobby-position" });
  readonly #time = h("p", { class: "lobby-time" });
  readonly #spinner = h("div", { class: "spinner", "aria-hidden": true });
  readonly #waiting: HTMLElement;
  readonly #leave: HTMLButtonElement;
  readonly #check = h("div", { class: "ready-check" });
  #timeLeft: Countdown | undefined;
  #checkLeft: Countdown | undefined;

  constructor(context: SceneContext) {
    this.#context = context;
    this.#leave = h(
      "button",
      { type: "button", class: "quiet", "data-testid": "leave", click: () => this.#askToLeave() },
      "Stop waiting",
    );
    this.#waiting = h(
      "div",
      { class: "lobby-state" },
      this.#spinner,
      this.#text,
      this.#count,
      this.#position,
      this.#time,
      h("p", { class: "actions" }, this.#leave),
    );
    this.element = h("div", { class: "lobby", "data-testid": "lobby" }, this.#waiting, this.#check);
    show(this.#check, false);
    show(this.element, false);
  }

  /** Show the state of the waiting room. */
  update(lobby: LobbyView): void {
    show(this.element, true);
    this.#endCheck();
    const before = [this.#text.textContent, this.#count.textContent];
    setText(this.#text, lobby.text);
    show(this.#text, lobby.text !== "");
    setText(this.#count, countText(lobby));
    setText(
      this.#position,
      lobby.position === null ? "" : `You are number ${lobby.position} in line.`,
    );
    show(this.#position, lobby.position !== null && lobby.position > lobby.needed);
    show(this.#leave, lobby.can_leave);
    this.#limit(lobby.remaining);
    const now = [this.#text.textContent, this.#count.textContent];
    const news = now.filter((text, place) => text !== before[place] && text !== "");
    if (news.length > 0) this.#context.announce(news.join(" "));
  }

  /** A group was found: answer, or ask for an answer. */
  readyCheck(check: ReadyCheck): void {
    show(this.element, true);
    show(this.#waiting, false);
    show(this.#check, true);
    this.#checkLeft?.stop();
    const answer = (): void => {
      this.#attention.stop();
      this.#checkLeft?.stop();
      this.#context.ready(check.game);
      this.#check.replaceChildren(
        h("div", { class: "spinner", "aria-hidden": true }),
        h("p", {}, "Your group is complete. The game is about to begin…"),
      );
      this.#context.announce("Your group is complete. The game is about to begin.");
    };
    if (check.mode === "automatic") this.#attention.call("● Your game is ready", answer);
    else this.#askWhetherReady(check, answer);
  }

  /** The game has begun: the waiting room is done. */
  close(): void {
    this.#endCheck();
    this.#timeLeft?.stop();
    show(this.element, false);
  }

  destroy(): void {
    this.close();
  }

  #limit(seconds: number | null): void {
    this.#timeLeft?.stop();
    show(this.#time, seconds !== null);
    if (seconds === null) return;
    this.#timeLeft = new Countdown(seconds, (left) => {
      setText(this.#time, `You will wait at most ${clockDuration(left)} longer.`);
    });
  }

  #askWhetherReady(check: ReadyCheck, answer: () => void): void {
    const left = h("p", { class: "ready-time" });
    const button = h(
      "button",
      { type: "button", class: "primary large", "data-testid": "ready", click: answer },
      "I am ready",
    );
    this.#check.replaceChildren(h("h2", {}, "Your group is complete"), button, left);
    this.#checkLeft = new Countdown(check.seconds, (seconds) => {
      setText(
        left,
        seconds > 0 ? `Please answer within ${spokenDuration(seconds)}.` : "The time is over.",
      );
      button.disabled = seconds === 0;
    });
    this.#context.announce(
      `Your group is complete. Press the button "I am ready" within ${spokenDuration(Math.ceil(check.seconds))}.`,
    );
    button.focus();
    this.#attention.call("● Are you ready?", () => button.focus());
  }

  #askToLeave(): void {
    const stay = h("button", { type: "button", class: "primary" }, "Keep waiting");
    const go = h("button", { type: "button" }, "Stop waiting");
    const dialog = h(
      "dialog",
      { "aria-labelledby": "mug-leave" },
      h("h2", { id: "mug-leave" }, "Stop waiting?"),
      h("p", {}, "You will leave the waiting room and will not play with this group."),
      h("p", { class: "actions" }, stay, go),
    );
    stay.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => {
      dialog.close();
      this.#leave.disabled = true;
      this.#context.leave();
    });
    dialog.addEventListener("close", () => dialog.remove());
    this.element.append(dialog);
    dialog.showModal();
  }

  #endCheck(): void {
    this.#attention.stop();
    this.#checkLeft?.stop();
    show(this.#check, false);
    show(this.#waiting, true);
  }
}

function countText(lobby: LobbyView): string {
  if (lobby.waiting === null) {
    return lobby.needed > 1 ? "Waiting for other participants…" : "The game begins soon.";
  }
  const missing = Math.max(0, lobby.needed - lobby.waiting);
  if (missing === 0) return "Enough people are here. Putting your group together…";
  const here = `${lobby.waiting} of ${lobby.needed} ${lobby.needed === 1 ? "person is" : "people are"} here.`;
  return `${here} Waiting for ${missing} more.`;
}
