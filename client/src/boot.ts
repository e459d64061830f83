import { Client, type ClientPlugin } from "./client.js";
import type { SocketLike } from "./net/connection.js";
import {
  Invited,
  ServerUnreachable,
  type SessionAnswer,
  Session,
  SessionRefused,
} from "./net/session.js";
import { Countdown } from "./page/countdown.js";
import { h, setText } from "./page/dom.js";
import { messagePage, refusalPage } from "./page/message_page.js";
import { Shell } from "./page/shell.js";
import { PROTOCOL } from "./protocol.js";

const RETRY_SECONDS = [2, 4, 8, 15];

/** What differs between a browser and a test. */
export interface Surroundings {
  connect(base: URL): SocketLike;
  importModule(url: string): Promise<unknown>;
}

/** Bring the page up: introduce it to the server, load the plugins' modules, connect. */
export async function boot(host: HTMLElement, around: Surroundings): Promise<Client | null> {
  const base = new URL(document.baseURI);
  // links are often put together with a slash too many, which would make the path a host
  base.pathname = base.pathname.replace(/\/{2,}/g, "/");
  const shell = new Shell(host);
  const withoutCookies = window.top !== window.self || !navigator.cookieEnabled;
  const session = new Session(base, withoutCookies);
  history.replaceState(null, "", base.pathname);
  const answer = await introduce(session, shell);
  if (answer === null) return null;
  if (answer.protocol !== PROTOCOL) {
    shell.mount(
      messagePage(
        "Please reload this page",
        "Your browser kept an older version of it.",
        reload("Reload"),
      ),
    );
    return null;
  }
  if (answer.title !== "") document.title = answer.title;
  const client = new Client(new URL(base.pathname, base), shell, around.connect(base), session);
  try {
    await Promise.all(answer.modules.map(({ url }) => loadPlugin(client, url, around)));
  } catch (error) {
    console.error("mug: a part of the page could not be loaded:", error);
    shell.mount(
      messagePage(
        "This page did not load completely",
        "Please check your connection and try again.",
        reload("Try again"),
      ),
    );
    return null;
  }
  client.start(answer.ticket);
  return client;
}

/** Ask for a session until there is an answer; null when the server turns this page away. */
async function introduce(session: Session, shell: Shell): Promise<SessionAnswer | null> {
  for (let failures = 0; ; failures++) {
    try {
      return await session.open();
    } catch (error) {
      if (error instanceof Invited) {
        await invitation(shell, error.title);
        session.begin();
        continue;
      }
      if (error instanceof SessionRefused) {
        shell.mount(refusalPage(error.refusal, (text) => shell.announce(text)));
        return null;
      }
      const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length - 1)]!;
      const reason = error instanceof ServerUnreachable ? error.message : "Something went wrong.";
      await waitToRetry(shell, reason, seconds);
    }
  }
}

/** Somebody becomes a participant when they press this button; what only follows links never does. */
function invitation(shell: Shell, title: string): Promise<void> {
  return new Promise((resolve) => {
    document.title = title;
    const text = "Press the button when you are ready. Your participation begins then.";
    const page = messagePage(title, text, { label: "Begin", run: resolve });
    page.querySelector("button")!.dataset["testid"] = "begin";
    shell.mount(page);
  });
}

function waitToRetry(shell: Shell, reason: string, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const left = h("p", {});
    const countdown = new Countdown(seconds, (remaining) => {
      setText(left, `Trying again in ${remaining} s.`);
      if (remaining === 0) resolve();
    });
    const now = (): void => {
      countdown.stop();
      resolve();
    };
    const page = messagePage("The study cannot be reached", `${reason} This page keeps trying.`, {
      label: "Try now",
      run: now,
    });
    page.insertBefore(left, page.lastElementChild);
    shell.mount(page);
  });
}

async function loadPlugin(client: Client, url: string, around: Surroundings): Promise<void> {
  const module = (await around.importModule(url)) as { default?: Partial<ClientPlugin> };
  if (typeof module.default?.setup !== "function") {
    throw new Error(`${url} has no default export with a setup function`);
  }
  module.default.setup(client);
}

function reload(label: string): { label: string; run: () => void } {
  return { label, run: () => location.reload() };
}
