import { beforeEach, describe, expect, it, vi } from "vitest";
import { bridged } from "../../src/bridge.js";
import { PeerLinks } from "../../src/worker/peer_links.js";
import { macrotask, until } from "../helpers/until.js";

const bytes = (...numbers: number[]) => new Uint8Array(numbers) as Uint8Array<ArrayBuffer>;

class Channel {
  readyState = "connecting";
  bufferedAmount = 0;
  binaryType = "blob";
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly send = vi.fn();
  readonly close = vi.fn();

  get port(): RTCDataChannel {
    return this as unknown as RTCDataChannel;
  }

  says(...numbers: number[]): void {
    this.onmessage?.({ data: bytes(...numbers).buffer });
  }
}

let links: PeerLinks;
let received: [number, number[]][];
/** What comes out at the page's end of a message port. */
let relayed: number[][];

function port(): { here: MessagePort; there: MessagePort } {
  const { port1: here, port2: there } = new MessageChannel();
  there.onmessage = ({ data }: MessageEvent<ArrayBuffer>) =>
    relayed.push([...new Uint8Array(data)]);
  return { here, there };
}

beforeEach(() => {
  received = [];
  relayed = [];
  links = new PeerLinks((peer, packet) => received.push([peer, [...packet]]));
});

describe("PeerLinks", () => {
  it("sends through both until something came through the channel, then through that alone", async () => {
    const channel = new Channel();
    const { here, there } = port();
    links.link(1, channel.port);
    links.link(1, here);
    links.send(1, bytes(1));
    await until(() => relayed.length === 1);
    expect(channel.send).not.toHaveBeenCalled();
    channel.readyState = "open";
    links.send(1, bytes(2));
    await until(() => relayed.length === 2);
    channel.says(9);
    links.send(1, bytes(3));
    await macrotask();
    expect(channel.send.mock.calls).toEqual([[bytes(2)], [bytes(3)]]);
    expect(relayed).toEqual([[1], [2]]);
    there.postMessage(bytes(8).buffer);
    await until(() => received.length === 2);
    expect(received).toEqual([
      [1, [9]],
      [1, [8]],
    ]);
  });

  it("goes back to both when the channel falls silent, or takes nothing", async () => {
    const channel = new Channel();
    channel.readyState = "open";
    links.link(1, channel.port);
    links.link(1, port().here);
    channel.says(9);
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + 600);
    links.send(1, bytes(1));
    vi.restoreAllMocks();
    channel.says(9);
    channel.bufferedAmount = 1e6;
    links.send(1, bytes(2));
    channel.bufferedAmount = 0;
    channel.send.mockImplementation(() => {
      throw new Error("it is closing");
    });
    links.send(1, bytes(3));
    await until(() => relayed.length === 3);
    expect(relayed).toEqual([[1], [2], [3]]);
  });

  it("goes beside a channel that holds packets back, though it brings some", async () => {
    const channel = new Channel();
    channel.readyState = "open";
    links.link(1, channel.port);
    links.link(1, port().here);
    const begin = performance.now();
    const clock = vi.spyOn(performance, "now");
    const send = (after: number, waiting: number, packet: number): void => {
      clock.mockReturnValue(begin + after);
      channel.bufferedAmount = waiting;
      channel.says(9);
      links.send(1, bytes(packet));
    };
    send(0, 0, 1);
    send(33, 20, 2);
    send(66, 40, 3);
    send(150, 60, 4);
    send(183, 0, 5);
    vi.restoreAllMocks();
    await until(() => relayed.length === 1);
    expect(relayed).toEqual([[4]]);
    expect(channel.send.mock.calls).toEqual([1, 2, 3, 4, 5].map((packet) => [bytes(packet)]));
  });

  it("takes another channel or port in the place of the one before, and lets go of all", async () => {
    const [first, second] = [new Channel(), new Channel()];
    links.link(1, first.port);
    links.link(1, second.port);
    expect(first.close).toHaveBeenCalledOnce();
    links.link(1, port().here);
    links.link(1, null);
    expect(second.close).toHaveBeenCalledOnce();
    links.send(1, bytes(1));
    links.send(5, bytes(1));
    await macrotask();
    expect(relayed).toEqual([]);
  });

  it("looks at no more packets than a game sends, nor at longer ones", () => {
    const [flood, other] = [new Channel(), new Channel()];
    links.link(1, flood.port);
    links.link(2, other.port);
    const now = performance.now();
    const clock = vi.spyOn(performance, "now").mockReturnValue(now);
    for (let count = 0; count < 3000; count++) flood.says(count & 0xff);
    other.says(7);
    expect(received.filter(([peer]) => peer === 1)).toHaveLength(1000);
    expect(received.at(-1)).toEqual([2, [7]]);
    clock.mockReturnValue(now + 1001);
    flood.says(8);
    flood.onmessage?.({ data: new ArrayBuffer(17_000) });
    vi.restoreAllMocks();
    expect(received).toHaveLength(1002);
    expect(received.at(-1)).toEqual([1, [8]]);
  });

  it("uses a channel that stays in the page like one that was handed over", async () => {
    const { here, there } = port();
    links.bridge(1, here);
    const text: unknown[] = [];
    there.onmessage = ({ data }) => text.push(data);
    links.send(1, bytes(1));
    there.postMessage("open");
    there.postMessage(bytes(4).buffer);
    await until(() => received.length === 1);
    links.send(1, bytes(2));
    links.close();
    await until(() => text.length === 2);
    expect(text).toEqual([bytes(2).buffer, "closed"]);
  });

  it("hears from the page that packets wait in a channel that stays there", async () => {
    const channel = new Channel();
    channel.readyState = "open";
    links.link(1, port().here);
    links.bridge(1, bridged(channel.port));
    let now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => (now += 1));
    await until(() => {
      channel.says(9);
      links.send(1, bytes(1));
      return channel.send.mock.calls.length > 0;
    });
    await macrotask();
    relayed.length = 0;
    channel.bufferedAmount = 20;
    await until(() => {
      channel.says(9);
      links.send(1, bytes(2));
      return relayed.length > 0;
    });
    vi.restoreAllMocks();
    expect(relayed[0]).toEqual([2]);
  });
});
