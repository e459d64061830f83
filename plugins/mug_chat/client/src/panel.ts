import { h, type PluginWords, setText, show } from "@mug/client";
import type { Line, News, Others, Room } from "./words.js";

const NOT_SENT = "This could not be sent. Please try again.";
const AWAY = "The connection is away. You can write again when it is back.";
/** How long somebody counts as typing after a key. */
const TYPING_MS = 4000;
/** How near the end of the messages somebody has to be to be taken to new ones. */
const NEAR_PX = 60;

/** Says something to the server's half; null when it was not taken. */
export type Tell = (message: PluginWords) => Promise<PluginWords | null>;

/** The chat beside whatever the page shows. Messages become text, never markup. */
export class ChatPanel {
  readonly element: HTMLElement;
  readonly #tell: Tell;
  readonly #others = h("p", { class: "chat-others" });
  readonly #log = h("div", {
    class: "chat-log",
    role: "log",
    tabindex: 0,
    "aria-label": "Messages",
    "aria-live": "polite",
    "data-testid": "chat-log",
  });
  readonly #typers = h("p", { class: "chat-typing", "data-testid": "chat-typing" });
  readonly #note = h("p", { class: "chat-note", role: "status", "data-testid": "chat-note" });
  readonly #quick = h("div", {
    class: "chat-quick",
    role: "group",
    "aria-label": "Quick messages",
  });
  readonly #emotes = h("div", { class: "chat-quick", role: "group", "aria-label": "Emotes" });
  readonly #input = h("input", {
    id: "chat-input",
    type: "text",
    dir: "auto",
    autocomplete: "off",
    enterkeyhint: "send",
    "aria-describedby": "chat-left",
    "data-testid": "chat-input",
  });
  readonly #left = h("span", { id: "chat-left", class: "chat-left" });
  readonly #send = h(
    "button",
    { type: "submit", class: "primary", "data-testid": "chat-send" },
    "Send",
  );
  readonly #form: HTMLFormElement;
  readonly #typing = new Map<string, { name: string; timer: ReturnType<typeof setTimeout> }>();
  #room: Room | null = null;
  #last = 0;
  #there = true;
  #toldTyping = 0;
  /** Ids of texts of which nobody knows whether they arrived: trying again says them only once. */
  readonly #unsure = new Map<string, string>();

  constructor(tell: Tell) {
    this.#tell = tell;
    const label = h("label", { for: "chat-input" }, "Your message");
    this.#form = h(
      "form",
      { class: "chat-form" },
      h("div", { class: "chat-label" }, label, this.#left),
      h("div", { class: "chat-line" }, this.#input, this.#send),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.element = h(
      "aside",
      { class: "chat", "aria-labelledby": "chat-heading", "data-testid": "chat" },
      h("h2", { id: "chat-heading" }, "Chat"),
      this.#others,
      this.#log,
      this.#typers,
      this.#note,
      this.#quick,
      this.#emotes,
      this.#form,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.#backToGame();
    });
  }

  /** Take what the server's half says. */
  take(news: News): void {
    if (news.type === "nowhere") this.#leave();
    else if (news.type === "room") this.#enter(news);
    else if (news.room !== this.#room?.room) return;
    else if (news.type === "here") this.#showOthers(news);
    else if (news.type === "said") this.#add(news.line);
    else this.#showTyping(news.seat, news.name, news.on);
  }

  /** The connection is there, or is away. */
  connection(there: boolean): void {
    this.#there = there;
    this.#showState();
  }

  // ----------------------------------------------------------------------------------------- the room

  #leave(): void {
    this.#room = null;
    this.#forgetTyping();
    this.element.remove();
    this.#place(false);
  }

  #enter(room: Room): void {
    if (room.room !== this.#room?.room) {
      this.#log.replaceChildren();
      this.#last = 0;
      this.#unsure.clear();
      this.#forgetTyping();
      setText(this.#note, "");
    }
    const before = this.#room;
    this.#room = room;
    if (!this.element.isConnected) {
      document.body.append(this.element);
      this.#place(true);
    }
    for (const line of room.lines) this.#add(line);
    this.#showOthers(room);
    if (before === null || `${before.quick}` !== `${room.quick}`)
      this.#offer(this.#quick, room.quick, "quick");
    if (before === null || `${before.emotes}` !== `${room.emotes}`)
      this.#offer(this.#emotes, room.emotes, "emote");
    show(this.#form, room.free);
    this.#showState();
    this.#count();
  }

  #showOthers({ others, more }: Others): void {
    const names = new Intl.ListFormat("en").format(more > 0 ? [...others, `${more} more`] : others);
    setText(this.#others, names === "" ? "Nobody else is here yet." : `With you: ${names}`);
  }

  #offer(group: HTMLElement, texts: readonly string[], kind: string): void {
    const choices = texts.map((text) =>
      h("button", { type: "button", dir: "auto", click: () => void this.#say(kind, text) }, text),
    );
    group.replaceChildren(...choices);
    show(group, choices.length > 0);
  }

  /** Make room beside the scene, or give it back; a game fits its picture to what is left. */
  #place(beside: boolean): void {
    document.body.classList.toggle("with-chat", beside);
    window.dispatchEvent(new Event("resize"));
  }

  #showState(): void {
    const closed = this.#there ? (this.#room?.closed ?? "") : AWAY;
    const can = closed === "";
    // read-only and not disabled, so that the focus stays where it is
    this.#input.readOnly = !can;
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", String(!can));
    }
    if (!can) setText(this.#note, closed);
    else if (this.element.dataset["closed"] !== undefined) setText(this.#note, "");
    if (can) delete this.element.dataset["closed"];
    else this.element.dataset["closed"] = "";
  }

  get #open(): boolean {
    return this.#there && this.#room?.closed === "";
  }

  // ---------------------------------------------------------------------------------------- messages

  #add(line: Line): void {
    if (line.number <= this.#last) return;
    this.#last = line.number;
    const log = this.#log;
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    const who = h("bdi", { class: "chat-name" }, line.own ? "You" : line.name);
    const said = h("bdi", { class: `chat-text chat-${line.kind === "emote" ? "emote" : "said"}` });
    said.dir = "auto";
    said.textContent = line.text;
    log.append(h("p", { class: line.own ? "chat-own" : "chat-other" }, who, ": ", said));
    if (near || line.own) log.scrollTop = log.scrollHeight;
    this.#showTyping(line.seat, line.name, false);
  }

  /** The field is free for the next message at once; what cannot be sent comes back into it. */
  async #submit(): Promise<void> {
    const text = this.#input.value;
    if (text.trim() === "" || !this.#open) return;
    this.#input.value = "";
    this.#count();
    const sent = await this.#say("text", text);
    if (!sent && this.#input.value === "") {
      this.#input.value = text;
      this.#count();
    }
  }

  async #say(kind: string, text: string): Promise<boolean> {
    if (!this.#open) return false;
    const id = this.#unsure.get(text) ?? newId();
    this.#unsure.delete(text);
    this.#toldTyping = 0;
    const answer = await this.#tell({ do: "say", id, kind, text });
    if (answer === null) this.#unsure.set(text, id);
    const ok = answer?.["ok"] === true;
    const reason = typeof answer?.["reason"] === "string" ? answer["reason"] : NOT_SENT;
    if (this.#open) setText(this.#note, ok ? "" : reason);
    return ok;
  }

  // ------------------------------------------------------------------------------------------ typing

  #typed(): void {
    this.#count();
    const now = Date.now();
    if (!this.#room?.typing || !this.#open) return;
    if (this.#input.value === "") {
      this.#toldTyping = 0;
      void this.#tell({ do: "typing", on: false });
    } else if (now - this.#toldTyping > TYPING_MS / 2) {
      this.#toldTyping = now;
      void this.#tell({ do: "typing", on: true });
    }
  }

  /** Say how many characters are left once they become few; emoji count as what they are made of. */
  #count(): void {
    const left = (this.#room?.longest ?? 0) - [...this.#input.value].length;
    const few = left < 30;
    setText(this.#left, few ? (left < 0 ? `${-left} too many` : `${left} left`) : "");
    this.#input.setAttribute("aria-invalid", String(left < 0));
  }

  #showTyping(seat: string, name: string, on: boolean): void {
    clearTimeout(this.#typing.get(seat)?.timer);
    this.#typing.delete(seat);
    if (on) {
      const timer = setTimeout(() => this.#showTyping(seat, name, false), TYPING_MS);
      this.#typing.set(seat, { name, timer });
    }
    const names = [...this.#typing.values()].map((typer) => typer.name);
    const are = names.length > 1 ? "are" : "is";
    const list = new Intl.ListFormat("en").format(names);
    setText(this.#typers, names.length > 0 ? `${list} ${are} typing…` : "");
  }

  #forgetTyping(): void {
    for (const { timer } of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
    setText(this.#typers, "");
  }

  #backToGame(): void {
    const canvas = document.querySelector<HTMLElement>('[data-testid="game-canvas"]');
    if (canvas !== null) canvas.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
}

/** An id that no other message has; without `randomUUID`, which plain http does not offer. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
}
