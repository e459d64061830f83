import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Invited, ServerUnreachable, Session, SessionRefused } from "../../src/net/session.js";

const ANSWER = {
  ticket: "t1",
  protocol: 1,
  token: null,
  modules: [{ name: "mug_x", url: "./-/mug_x/client.js" }],
  experiment: { title: "A study" },
};
const fetched = vi.fn<typeof fetch>();

function answer(body: unknown, status = 200): void {
  fetched.mockResolvedValueOnce(new Response(JSON.stringify(body), { status }));
}

function request(index: number): { url: string; headers: Headers; body: unknown } {
  const [url, options] = fetched.mock.calls[index]!;
  return {
    url: String(url),
    headers: new Headers(options?.headers),
    body: JSON.parse(String(options?.body)),
  };
}

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => sessionStorage.clear());

describe("Session", () => {
  it("asks below the page's own address and resolves modules against it", async () => {
    const session = new Session(new URL("https://lab.test/exp/?PROLIFIC_PID=p1"), false);
    answer(ANSWER);
    expect(await session.open()).toEqual({
      ticket: "t1",
      protocol: 1,
      title: "A study",
      modules: [{ name: "mug_x", url: "https://lab.test/exp/-/mug_x/client.js" }],
    });
    expect(request(0).url).toBe("https://lab.test/exp/-/session");
    expect(request(0).body).toEqual({
      embedded: false,
      fresh: false,
      query: { PROLIFIC_PID: "p1" },
      page: expect.stringMatching(/^[0-9a-f]{32}$/),
      begun: false,
    });
    expect(request(0).headers.has("X-Mug-Token")).toBe(false);
  });

  it("tells participants who share a browser apart, also after a reload", async () => {
    const session = new Session(new URL("https://lab.test/?new"), false);
    answer({ ...ANSWER, token: "secret" });
    await session.open();
    expect(session.participant).not.toBe("");
    expect(session.participant).not.toContain("secret");
    const reloaded = new Session(new URL("https://lab.test/"), false);
    expect(reloaded.participant).toBe(session.participant);
    const other = new Session(new URL("https://lab.test/?new"), false);
    answer({ ...ANSWER, token: "other" });
    await other.open();
    expect(other.participant).not.toBe(session.participant);
    sessionStorage.clear();
    const named = new Session(new URL("https://lab.test/"), false);
    answer(ANSWER);
    await named.open();
    expect(named.participant).toBe("");
  });

  it("is a new participant, and brings the address's query, only once", async () => {
    const session = new Session(new URL("https://lab.test/?new&a=1"), true);
    answer({ ...ANSWER, token: "secret" });
    answer(ANSWER);
    await session.open();
    await session.open();
    expect(request(0).body).toMatchObject({ embedded: true, fresh: true, query: { a: "1" } });
    expect(request(1).body).toMatchObject({ embedded: true, fresh: false, query: {} });
    expect(request(1).headers.get("X-Mug-Token")).toBe("secret");
  });

  it("brings the query again when the first attempt failed", async () => {
    const session = new Session(new URL("https://lab.test/?a=1"), false);
    answer("bad gateway", 502);
    answer(ANSWER);
    await expect(session.open()).rejects.toThrow(ServerUnreachable);
    await session.open();
    expect(request(1).body).toMatchObject({ query: { a: "1" } });
  });

  it("keeps its token over a reload, for this address only", async () => {
    answer({ ...ANSWER, token: "secret" });
    answer(ANSWER);
    answer(ANSWER);
    await new Session(new URL("https://lab.test/one/"), true).open();
    await new Session(new URL("https://lab.test/one/"), true).open();
    await new Session(new URL("https://lab.test/two/"), true).open();
    expect(request(1).headers.get("X-Mug-Token")).toBe("secret");
    expect(request(2).headers.has("X-Mug-Token")).toBe(false);
  });

  it("works without storage", async () => {
    const denied = (): never => {
      throw new DOMException("denied", "SecurityError");
    };
    vi.stubGlobal("sessionStorage", { getItem: denied, setItem: denied, clear: () => {} });
    answer({ ...ANSWER, token: "secret" });
    answer(ANSWER);
    const session = new Session(new URL("https://lab.test/"), true);
    await session.open();
    await session.open();
    expect(request(1).headers.get("X-Mug-Token")).toBe("secret");
  });

  it("passes on why the server turns it away, and where to go", async () => {
    const refusal = {
      heading: "You cannot take part right now",
      text: "The study is full.",
      redirect: "https://back.test/",
      code: "FULL",
    };
    answer(refusal, 403);
    const error: unknown = await new Session(new URL("https://lab.test/"), false)
      .open()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionRefused);
    expect(error).toMatchObject({ message: "The study is full.", refusal });
  });

  it("keeps the query, over reloads too, until there is a participant", async () => {
    const first = new Session(new URL("https://lab.test/?a=1"), false);
    answer({ invitation: { title: "A study" } });
    await expect(first.open()).rejects.toThrow(Invited);
    const reloaded = new Session(new URL("https://lab.test/"), false);
    answer({ invitation: { title: "A study" } });
    answer(ANSWER);
    await expect(reloaded.open()).rejects.toMatchObject({ title: "A study" });
    reloaded.begin();
    await reloaded.open();
    expect(request(1).body).toMatchObject({ query: { a: "1" }, begun: false });
    expect(request(2).body).toMatchObject({ query: { a: "1" }, begun: true });
    answer(ANSWER);
    await new Session(new URL("https://lab.test/"), false).open();
    expect(request(3).body).toMatchObject({ query: {} });
  });

  it("is recognized by a secret of its own when an answer is lost, which another participant has not", async () => {
    const session = new Session(new URL("https://lab.test/?a=1"), false);
    fetched.mockRejectedValueOnce(new TypeError("failed"));
    answer(ANSWER);
    answer(ANSWER);
    await expect(session.open()).rejects.toThrow(ServerUnreachable);
    await session.open();
    await new Session(new URL("https://lab.test/?new"), false).open();
    const pages = [0, 1, 2].map((index) => (request(index).body as { page: string }).page);
    expect(pages[1]).toBe(pages[0]);
    expect(JSON.stringify(sessionStorage)).not.toContain(pages[0]);
    expect(pages[2]).not.toBe(pages[0]);
  });

  it.each([
    ["no network", () => fetched.mockRejectedValueOnce(new TypeError("failed"))],
    [
      "a proxy's error page",
      () => fetched.mockResolvedValueOnce(new Response("<h1>502", { status: 502 })),
    ],
    ["a server that cannot save", () => answer({ text: "later" }, 503)],
    ["an answer without a ticket", () => answer({ ...ANSWER, ticket: undefined })],
    ["an answer that is no object", () => answer([])],
  ])("counts %s as unreachable", async (_, prepare) => {
    prepare();
    await expect(new Session(new URL("https://lab.test/"), false).open()).rejects.toThrow(
      ServerUnreachable,
    );
  });
});
