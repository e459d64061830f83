import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Mesh } from "../src/mesh.js";
import { FakeConnection } from "./helpers/fake_connection.js";
import { FakeHost } from "./helpers/fake_host.js";

let host: FakeHost;
let mesh: Mesh | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  FakeConnection.made = [];
  FakeConnection.possible = true;
  host = new FakeHost();
});
afterEach(() => {
  mesh?.stop();
  mesh = null;
  vi.useRealTimers();
});

/** A page that begins; an incarnation of 0 is a page that is not here yet. */
async function begin(me: number, incarnations: number[]): Promise<void> {
  host.here = incarnations;
  const ice = { iceServers: [{ urls: ["stun:a.org"] }], iceTransportPolicy: "all" };
  mesh = new Mesh(host, { me, incarnations, ice });
  await settle();
}

function from(peer: number, type: string, more: object = {}): Record<string, unknown> {
  return { type, from: peer, incarnation: 1, attempt: 1, ...more };
}

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

async function connected(): Promise<FakeConnection> {
  await begin(0, [1, 1]);
  await settle();
  FakeConnection.last.become("connected");
  await settle(1000);
  return FakeConnection.last;
}

describe("the way through the server", () => {
  it("stands from the first moment, to each peer", async () => {
    await begin(1, [0, 1, 0]);
    expect(host.links.map(([peer]) => peer)).toEqual([0, 2]);
    expect(host.figures.transport).toBe("relay");
    host.relay(2).postMessage(new Uint8Array([7, 8]).buffer);
    await vi.waitFor(() => expect(host.packets).toEqual([new Uint8Array([2, 7, 8])]));
  });

  it("brings what came of a peer to its port", async () => {
    await begin(1, [0, 1, 0]);
    const got: unknown[] = [];
    host.relay(2).onmessage = (event) => got.push(new Uint8Array(event.data as ArrayBuffer));
    mesh!.packet(new Uint8Array([2, 5, 6]));
    mesh!.packet(new Uint8Array([1, 5]));
    mesh!.packet(new Uint8Array([2]));
    mesh!.packet(new Uint8Array([]));
    mesh!.packet(new Uint8Array([2, 7]));
    await vi.waitFor(() => expect(got).toEqual([new Uint8Array([5, 6]), new Uint8Array([7])]));
  });

  it("is enough where a browser does not connect to others", async () => {
    FakeConnection.possible = false;
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    await begin(0, [1, 1]);
    await settle(60_000);
    expect(host.of("way")).toEqual([{ type: "way", peer: 1, way: "relay", rtt: null }]);
    expect(warned).toHaveBeenCalled();
  });
});

describe("an attempt to connect", () => {
  it("begins with the page that has the lower number, once both are there", async () => {
    await begin(0, [1, 0, 1]);
    await settle();
    expect(host.of("offer")).toEqual([
      { type: "offer", attempt: 1, sdp: "offer 1", to: 2, mine: 1, theirs: 1 },
    ]);
    mesh!.message({ type: "began", peer: 1, incarnation: 1 });
    await settle();
    expect(host.of("offer")).toHaveLength(2);
  });

  it("has an unreliable channel that is linked in the same task", async () => {
    await begin(0, [1, 1]);
    const connection = FakeConnection.last;
    expect(connection.channelInit).toEqual({
      ordered: false,
      maxRetransmits: 0,
      negotiated: true,
      id: 0,
    });
    expect(connection.channel.binaryType).toBe("arraybuffer");
    expect(host.links.at(-1)).toEqual([1, connection.channel]);
    expect(connection.configuration.iceServers).toEqual([{ urls: ["stun:a.org"] }]);
  });

  it("is answered by the page with the higher number", async () => {
    await begin(1, [1, 1]);
    await settle();
    expect(FakeConnection.made).toEqual([]);
    mesh!.message(from(0, "offer", { sdp: "v=0" }));
    mesh!.message(from(0, "candidate", { candidate: { candidate: "c" } }));
    await settle();
    expect(host.of("answer")).toEqual([
      { type: "answer", attempt: 1, sdp: "answer to v=0", to: 0, mine: 1, theirs: 1 },
    ]);
    expect(FakeConnection.last.candidates).toEqual([{ candidate: "c" }]);
    FakeConnection.last.finds("mine");
    await settle();
    expect(host.of("candidate")[0]).toMatchObject({ candidate: { candidate: "mine" }, to: 0 });
  });

  it("keeps candidates that come before the description", async () => {
    await begin(0, [1, 1]);
    await settle();
    mesh!.message(from(1, "candidate", { candidate: { candidate: "early" } }));
    await settle();
    expect(FakeConnection.last.candidates).toEqual([]);
    mesh!.message(from(1, "answer", { sdp: "v=1" }));
    await settle();
    expect(FakeConnection.last.candidates).toEqual([{ candidate: "early" }]);
  });

  it("keeps candidates that come before the offer", async () => {
    await begin(1, [1, 1]);
    mesh!.message(from(0, "candidate", { candidate: { candidate: "early" } }));
    mesh!.message(from(0, "offer", { sdp: "v=0" }));
    await settle();
    expect(FakeConnection.last.candidates).toEqual([{ candidate: "early" }]);
  });

  it("is not touched by what belongs to an earlier one, or to an earlier page", async () => {
    await begin(0, [1, 2]);
    await settle();
    const answer = { sdp: "v=1" };
    mesh!.message(from(1, "answer", { ...answer, incarnation: 1 }));
    mesh!.message(from(1, "answer", { ...answer, incarnation: 2, attempt: 0 }));
    mesh!.message(from(1, "offer", { ...answer, incarnation: 2, attempt: 2 }));
    mesh!.message({ type: "answer", from: 1 });
    await settle();
    expect(FakeConnection.last.remoteDescription).toBeNull();
    mesh!.message(from(1, "answer", { ...answer, incarnation: 2 }));
    await settle();
    expect(FakeConnection.last.remoteDescription).toEqual({ type: "answer", sdp: "v=1" });
  });

  it("is made anew when it comes to nothing, after longer and longer waits", async () => {
    await begin(0, [1, 1]);
    await settle(11_000);
    expect(FakeConnection.made[0]!.connectionState).toBe("closed");
    expect(FakeConnection.made).toHaveLength(1);
    await settle(2_000);
    expect(FakeConnection.made).toHaveLength(2);
    expect(host.of("offer").map((offer) => offer["attempt"])).toEqual([1, 2]);
    FakeConnection.last.become("failed");
    await settle(4_000);
    expect(FakeConnection.made).toHaveLength(2);
    await settle(2_000);
    expect(FakeConnection.made).toHaveLength(3);
  });

  it("is made at once when the connection to the server is back", async () => {
    await begin(0, [1, 1]);
    await settle();
    FakeConnection.last.become("failed");
    mesh!.connection(false);
    expect(FakeConnection.made).toHaveLength(1);
    mesh!.connection(true);
    expect(FakeConnection.made).toHaveLength(2);
    mesh!.connection(true);
    expect(FakeConnection.made).toHaveLength(2);
  });

  it("begins again with a page that was reloaded", async () => {
    const first = await connected();
    mesh!.message({ type: "began", peer: 1, incarnation: 2 });
    await settle();
    expect(first.connectionState).toBe("closed");
    expect(host.of("offer").at(-1)).toMatchObject({ attempt: 2, theirs: 2 });
    mesh!.message({ type: "began", peer: 1, incarnation: 2 });
    expect(FakeConnection.made).toHaveLength(2);
  });

  it("is answered anew for a page that was reloaded and counts from one again", async () => {
    await begin(1, [1, 1]);
    mesh!.message(from(0, "offer", { sdp: "v=0", attempt: 3 }));
    mesh!.message({ type: "began", peer: 0, incarnation: 2 });
    mesh!.message(from(0, "offer", { sdp: "v=0", incarnation: 2 }));
    await settle();
    expect(FakeConnection.made.map((one) => one.connectionState)).toEqual(["closed", "new"]);
  });
});

describe("a connection that was lost", () => {
  it("looks for another way, and is kept when it finds one", async () => {
    const connection = await connected();
    connection.become("disconnected");
    await settle(3_000);
    expect(connection.restarts).toEqual([false, true]);
    expect(host.of("offer").map((offer) => offer["attempt"])).toEqual([1, 1]);
    expect(host.figures.transport).toBe("relay");
    connection.become("connected");
    await settle(60_000);
    expect(FakeConnection.made).toHaveLength(1);
    expect(host.figures.transport).toBe("direct");
  });

  it("is made anew when it finds none", async () => {
    const connection = await connected();
    connection.become("disconnected");
    connection.become("failed");
    await settle(8_000);
    expect(connection.connectionState).toBe("closed");
    await settle(2_000);
    expect(FakeConnection.made).toHaveLength(2);
  });

  it("is asked for by the page that does not offer", async () => {
    await begin(1, [1, 1]);
    mesh!.message(from(0, "offer", { sdp: "v=0" }));
    await settle();
    FakeConnection.last.become("connected");
    FakeConnection.last.become("disconnected");
    await settle();
    expect(host.of("restart")).toEqual([
      { type: "restart", attempt: 1, to: 0, mine: 1, theirs: 1 },
    ]);
    mesh!.message(from(0, "offer", { sdp: "v=2" }));
    await settle();
    expect(host.of("answer").at(-1)).toMatchObject({ attempt: 1, sdp: "answer to v=2" });
    expect(FakeConnection.made).toHaveLength(1);
  });

  it("is mended for a peer that asks, though this page still hears it", async () => {
    const connection = await connected();
    mesh!.message(from(1, "restart"));
    await settle(20_000);
    expect(connection.restarts).toEqual([false, true]);
    expect(FakeConnection.made).toHaveLength(1);
  });
});

describe("what is told", () => {
  it("is each way when it changes, and the worst of all in the page's figures", async () => {
    await begin(0, [1, 1, 1]);
    await settle();
    const [first, second] = FakeConnection.made;
    first!.become("connected");
    await settle(1000);
    expect(host.figures.transport).toBe("relay");
    second!.candidateTypes = ["srflx", "relay"];
    second!.become("connected");
    await settle(5000);
    expect(host.figures.transport).toBe("turn");
    expect(host.of("way")).toEqual([
      { type: "way", peer: 1, way: "relay", rtt: null },
      { type: "way", peer: 2, way: "relay", rtt: null },
      { type: "way", peer: 1, way: "direct", rtt: 25 },
      { type: "way", peer: 2, way: "turn", rtt: 25 },
    ]);
  });

  it("is the server's way while packets go both ways through it", async () => {
    await connected();
    expect(host.figures.transport).toBe("direct");
    mesh!.packet(new Uint8Array([1, 1]));
    await settle(1000);
    expect(host.figures.transport).toBe("direct");
    host.relay(1).postMessage(new ArrayBuffer(2));
    mesh!.packet(new Uint8Array([1, 1]));
    await vi.waitFor(() => expect(host.packets).toHaveLength(1));
    await settle(1000);
    expect(host.figures.transport).toBe("relay");
  });

  it("is said again until the server has taken it, as long as it holds", async () => {
    await begin(0, [1, 1]);
    host.takes = false;
    FakeConnection.last.finds("c");
    await settle(3000);
    expect(host.of("candidate")).toEqual([]);
    host.takes = true;
    mesh!.connection(true);
    await settle();
    expect(host.of("candidate")).toHaveLength(1);
    host.takes = false;
    FakeConnection.last.finds("late");
    mesh!.message({ type: "began", peer: 1, incarnation: 2 });
    host.takes = true;
    await settle(5000);
    expect(host.of("candidate")).toHaveLength(1);
  });

  it("is that the page is here, at first and whenever the connection to the server is back", async () => {
    host.takes = false;
    await begin(1, [0, 1]);
    host.here = [2, 1];
    host.takes = true;
    await settle(1000);
    expect(host.of("here")).toEqual([{ type: "here", mine: 1 }]);
    mesh!.message(from(0, "offer", { sdp: "v=0", incarnation: 2 }));
    host.here = [3, 1];
    mesh!.connection(false);
    mesh!.connection(true);
    await settle();
    expect(host.of("here")).toHaveLength(2);
    expect(FakeConnection.last.connectionState).toBe("closed");
    mesh!.message({ type: "began", peer: 0, incarnation: 2 });
    mesh!.message(from(0, "offer", { sdp: "v=0", incarnation: 3 }));
    await settle();
    expect(FakeConnection.last.connectionState).toBe("new");
  });

  it("is what a server refused, once", async () => {
    await begin(0, [1, 1]);
    const refused = { errorCode: 401, errorText: "Unauthorized", url: "turn:a.org" };
    FakeConnection.last.onicecandidateerror!(refused);
    FakeConnection.last.onicecandidateerror!(refused);
    FakeConnection.last.onicecandidateerror!({ ...refused, errorCode: 701, url: "turn:b.org" });
    await settle();
    expect(host.of("refused")).toEqual([
      { type: "refused", url: "turn:a.org", code: 401, text: "Unauthorized" },
    ]);
  });

  it("is nothing after the end", async () => {
    const connection = await connected();
    const said = host.said.length;
    mesh!.stop();
    expect(connection.connectionState).toBe("closed");
    connection.become("failed");
    mesh!.message({ type: "began", peer: 1, incarnation: 3 });
    await settle(60_000);
    mesh!.connection(true);
    await settle();
    expect(host.said).toHaveLength(said);
  });
});
