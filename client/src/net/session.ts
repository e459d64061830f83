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

/** There is no session yet: a newcomer is welcome, and becomes a participant by pressing a button. */
export class Invited extends Error {
  readonly title: string;

  constructor(title: string) {
    super("the participant has to press the button first");
    this.title = title;
  }
}

/** What somebody reads whom the server turns away. */
export interface Refusal {
  heading: string;
  text: string;
  /** Where they can go from here. */
  redirect: string | null;
  /** What their recruitment service wants to know. */
  code: string | null;
}

/** The server knows this page and turns it away. */
export class SessionRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
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
  readonly #queryKey: string;
  readonly #pageKey: string;
  readonly #page: string;
  readonly #nameKey: string;
  readonly #name: string;
  #query: Record<string, string>;
  #begun = false;
  #fresh: boolean;
  #token: string | null;

  constructor(base: URL, embedded: boolean) {
    this.#url = new URL("./-/session", base);
    this.#embedded = embedded;
    this.#fresh = base.searchParams.has("new");
    this.#queryKey = `mug.query ${base.pathname}`;
    this.#query = this.#queryOf(base.searchParams);
    this.#pageKey = `mug.page ${base.pathname}`;
    this.#page = this.#pageSecret();
    this.#tokenKey = `mug.token ${base.pathname}`;
    this.#nameKey = `mug.participant ${base.pathname}`;
    this.#token = this.#fresh ? null : read(this.#tokenKey);
    this.#name = (this.#fresh ? null : read(this.#nameKey)) ?? Math.random().toString(36).slice(2);
  }

  /** A name for who this page is, within this browser; "" for the one that the cookie names. */
  get participant(): string {
    return this.#token === null ? "" : this.#name;
  }

  /** The participant has pressed the button to begin. */
  begin(): void {
    this.#begun = true;
  }

  /**
   * Ask for a ticket. The address's query, and the wish to be a new participant, count until there is one:
   * reconnecting must not make a second participant. Neither must asking again when an answer was lost,
   * which the server tells from the page's secret.
   */
  async open(): Promise<SessionAnswer> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.#token !== null) headers[TOKEN_HEADER] = this.#token;
    const body = JSON.stringify({
      embedded: this.#embedded,
      fresh: this.#fresh,
      query: this.#query,
      page: this.#page,
      begun: this.#begun,
    });
    const response = await fetch(this.#url, { method: "POST", headers, body }).catch(() => {
      throw new ServerUnreachable("Please check your connection.");
    });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw refusal(response.status, answer);
    if (isRecord(answer) && isRecord(answer["invitation"])) {
      throw new Invited(String(answer["invitation"]["title"]));
    }
    const session = parseAnswer(answer, this.#url);
    this.#fresh = false;
    this.#query = {};
    forget(this.#queryKey);
    forget(this.#pageKey);
    if (isRecord(answer) && typeof answer["token"] === "string") {
      this.#token = answer["token"];
      store(this.#tokenKey, this.#token);
      store(this.#nameKey, this.#name);
    }
    return session;
  }

  /** The address's parameters, which leave the address at once and are kept until they have had their effect. */
  #queryOf(parameters: URLSearchParams): Record<string, string> {
    const query = Object.fromEntries(parameters);
    delete query["new"];
    if (Object.keys(query).length > 0 || this.#fresh) {
      store(this.#queryKey, JSON.stringify(query));
      return query;
    }
    const kept: unknown = JSON.parse(read(this.#queryKey) ?? "{}");
    return isRecord(kept) ? (kept as Record<string, string>) : {};
  }

  /** What the page is recognized by until there is a participant, also over a reload. */
  #pageSecret(): string {
    const kept = this.#fresh ? null : read(this.#pageKey);
    if (kept !== null) return kept;
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const secret = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    store(this.#pageKey, secret);
    return secret;
  }
}

function refusal(status: number, answer: unknown): Error {
  if (!isRecord(answer) || typeof answer["text"] !== "string") {
    return new ServerUnreachable("The server has a problem at the moment.");
  }
  if (status >= 500) return new ServerUnreachable(answer["text"]);
  const { heading, text, redirect, code } = answer;
  return new SessionRefused({
    heading: typeof heading === "string" ? heading : "This did not work",
    text,
    redirect: typeof redirect === "string" ? redirect : null,
    code: typeof code === "string" ? code : null,
  });
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

function forget(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    return;
  }
}

function store(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    return;
  }
}
