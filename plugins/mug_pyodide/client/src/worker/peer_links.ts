import type { PeerPort } from "@mug/client";
import { BUSY, CLOSED, MOST_WAITING, OPEN } from "../bridge.js";

/** A channel through which nothing came for so long may lose everything: packets also go beside it. */
const SILENCE_MS = 500;
/** A channel that kept packets back for so long is held up, be it in one direction only: they go beside it as well. */
const HELD_UP_MS = 100;
/** No game sends more in a second, nor longer packets; what a page sends beyond that costs others no time. */
const MOST_A_SECOND = 1000;
const LONGEST_PACKET = 16 * 1024;

/** Something that carries packets to a peer. */
interface Carrier {
  readonly open: boolean;
  /** Whether packets that it was given have not been sent yet. */
  readonly busy: boolean;
  send(packet: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

interface Link {
  channel: Carrier | null;
  /** When something came through the channel last. */
  heard: number;
  /** When nothing waited in the channel last. */
  clear: number;
  port: MessagePort | null;
  /** How many packets came in the second that began then. */
  second: number;
  came: number;
}

/** What carries packets between this worker and those of other players' pages. */
export class PeerLinks {
  readonly #links = new Map<number, Link>();
  readonly #receive: (peer: number, packet: Uint8Array) => void;

  constructor(receive: (peer: number, packet: Uint8Array) => void) {
    this.#receive = receive;
  }

  /** Packets of this peer travel through this as well from now on; null: through nothing any more. */
  link(peer: number, port: PeerPort | null): void {
    if (port === null) this.#unlink(peer);
    else if ("readyState" in port) {
      this.#use(
        peer,
        ofChannel(port, (packet) => this.#heard(peer, packet)),
      );
    } else {
      const link = this.#of(peer);
      link.port?.close();
      link.port = port;
      port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.#take(peer, data);
    }
  }

  /** A data channel that stays in the page, see `bridge.ts`. */
  bridge(peer: number, port: MessagePort): void {
    this.#use(
      peer,
      ofBridge(port, (packet) => this.#heard(peer, packet)),
    );
  }

  send(peer: number, packet: Uint8Array<ArrayBuffer>): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    const now = performance.now();
    if (link.channel?.busy === false) link.clear = now;
    const sent = link.channel?.open === true && attempt(() => link.channel!.send(packet));
    const carries = sent && now - link.heard < SILENCE_MS && now - link.clear < HELD_UP_MS;
    if (!carries) link.port?.postMessage(packet.slice().buffer);
  }

  close(): void {
    for (const peer of [...this.#links.keys()]) this.#unlink(peer);
  }

  #of(peer: number): Link {
    const link = this.#links.get(peer) ?? {
      ...{ channel: null, heard: -Infinity, clear: -Infinity },
      ...{ port: null, second: -Infinity, came: 0 },
    };
    this.#links.set(peer, link);
    return link;
  }

  #use(peer: number, channel: Carrier): void {
    const link = this.#of(peer);
    link.channel?.close();
    link.channel = channel;
    link.heard = link.clear = -Infinity;
  }

  #heard(peer: number, packet: ArrayBuffer): void {
    this.#of(peer).heard = performance.now();
    this.#take(peer, packet);
  }

  /** Let a packet through, unless its sender floods this page. */
  #take(peer: number, packet: ArrayBuffer): void {
    const link = this.#of(peer);
    const now = performance.now();
    if (now - link.second >= 1000) {
      link.second = now;
      link.came = 0;
    }
    link.came += 1;
    if (link.came <= MOST_A_SECOND && packet.byteLength <= LONGEST_PACKET) {
      this.#receive(peer, new Uint8Array(packet));
    }
  }

  #unlink(peer: number): void {
    const link = this.#links.get(peer);
    this.#links.delete(peer);
    link?.channel?.close();
    link?.port?.close();
  }
}

function ofChannel(channel: RTCDataChannel, heard: (packet: ArrayBuffer) => void): Carrier {
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) heard(data);
  };
  return {
    get open() {
      return channel.readyState === "open" && channel.bufferedAmount <= MOST_WAITING;
    },
    get busy() {
      return channel.bufferedAmount > 0;
    },
    send: (packet) => channel.send(packet),
    close: () => {
      channel.onmessage = null;
      channel.close();
    },
  };
}

function ofBridge(port: MessagePort, heard: (packet: ArrayBuffer) => void): Carrier {
  let state: unknown = CLOSED;
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) heard(data);
    else state = data;
  };
  return {
    get open() {
      return state === OPEN || state === BUSY;
    },
    get busy() {
      return state === BUSY;
    },
    send: (packet) => port.postMessage(packet.slice().buffer),
    close: () => {
      port.postMessage(CLOSED);
      port.close();
    },
  };
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
