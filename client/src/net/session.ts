import { isRecord } from "./messages.js";

const TOKEN_HEADER = "X-Mug-Token";

/** What the server answers when a page introduces itself. */
export interface SessionAnswer {
  /** Single-use, for the Socket.IO connection. */
  ticket: string;
  protocol: number;
  title: string;
  modules: { name: string; url: string }[];
}

/** The server knows this page and turns it away; the message is for the participant. */
export class SessionRefused extends Error {
  readonly redirect: string | null;

  constructor(text: string, redirect: string | null) {
    super(text);
    this.redirect = redirect;
  }
}

/** The server did not answer, or not sensibly; the message is for the participant. Trying again may help. */
export class ServerUnreachable extends Error {}

/**
 * Who this page is to the server. A cookie that scripts cannot read says so; where browsers withhold
 * cookies (a page embedded in another site, a second participant in one browser) a token takes its
 * place, kept for this tab only.
 */
export class Session {
  readonly #url: URL;
  readonly #embedded: boolean;
  readonly #tokenKey: string;
  readonly #nameKey: string;
  readonly #name: string;
  #query: Record<string, string>;
  #fresh: boolean;
  #token: string | null;

  constructor(base: URL, embedded: boolean) {
    this.#url = new URL("./-/session", base);
    this.#embedded = embedded;
    this.#fresh = base.searchParams.has("new");
    this.#query = Object.fromEntries(base.searchParams);
    delete this.#query["new"];
    this.#tokenKey = `mug.token ${base.pathname}`;
    this.#nameKey = `mug.participant ${base.pathname}`;
    this.#token = this.#fresh ? null : read(this.#tokenKey);
    this.#name = (this.#fresh ? null : read(this.#nameKey)) ?? Math.random().toString(36).slice(2);
  }

  /** A name for who this page is, within this browser; "" for the one that the cookie names. */
  get participant(): string {
    return this.#token === null ? "" : this.#name;
  }

  /**
   * Ask for a ticket. The address's query, and the wish to be a new participant, count the first time
   * only: reconnecting must not make a second participant.
   */
  async open(): Promise<SessionAnswer> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.#token !== null) headers[TOKEN_HEADER] = this.#token;
    const body = JSON.stringify({
      embedded: this.#embedded,
      fresh: this.#fresh,
      query: this.#query,
    });
    const response = await fetch(this.#url, { method: "POST", headers, body }).catch(() => {
      throw new ServerUnreachable("Please check your connection.");
    });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw refusal(response.status, answer);
    const session = parseAnswer(answer, this.#url);
    this.#fresh = false;
    this.#query = {};
    if (isRecord(answer) && typeof answer["token"] === "string") {
      this.#token = answer["token"];
      store(this.#tokenKey, this.#token);
      store(this.#nameKey, this.#name);
    }
    return session;
  }
}

function refusal(status: number, answer: unknown): Error {
  if (!isRecord(answer) || typeof answer["text"] !== "string") {
    return new ServerUnreachable("The server has a problem at the moment.");
  }
  if (status >= 500) return new ServerUnreachable(answer["text"]);
  const redirect = answer["redirect"];
  return new SessionRefused(answer["text"], typeof redirect === "string" ? redirect : null);
}

function parseAnswer(answer: unknown, url: URL): SessionAnswer {
  if (!isRecord(answer)) throw new ServerUnreachable("The server has a problem at the moment.");
  const { ticket, protocol, modules, experiment } = answer;
  if (typeof ticket !== "string" || typeof protocol !== "number" || !Array.isArray(modules)) {
    throw new ServerUnreachable("The server has a problem at the moment.");
  }
  const title = isRecord(experiment) ? experiment["title"] : undefined;
  return {
    ticket,
    protocol,
    title: typeof title === "string" ? title : "",
    modules: modules.filter(isRecord).map((module) => ({
      name: String(module["name"]),
      url: new URL(String(module["url"]), new URL("..", url)).href,
    })),
  };
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null; // storage is switched off: this tab is known until it is reloaded
  }
}

function store(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    return;
  }
}
