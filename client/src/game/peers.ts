import type { GamePage } from "./page.js";
import type { RuntimeMessage } from "./runtime.js";
import type { DebugFigures } from "./stats.js";

/** What carries packets to one peer and from it: can be handed over to a worker. */
export type PeerPort = RTCDataChannel | MessagePort;

/** What a transport between pages may do during one game. */
export interface PeersHost {
  /** The game's id. */
  readonly game: string;
  readonly page: GamePage;
  /**
   * Say something to the transport's half on the server. Null means that it was not taken, as far as is
   * known, and has to be said again: later, or when the connection is back.
   */
  send(message: RuntimeMessage): Promise<RuntimeMessage | null>;
  /** Send a packet to the transport's half on the server, the fastest way that stands. */
  sendPacket(bytes: Uint8Array): void;
  /**
   * This peer's packets travel through this port from now on; null: through nothing.
   *
   * A data channel is linked in the task that creates it, for browsers hand it over only then. It carries
   * once it is open and while something arrives through it; a message port stands beside it, and carries
   * whenever the channel does not. A message port carries `ArrayBuffer`s.
   */
  link(peer: number, port: PeerPort | null): void;
  /** Take part in `window.mug.debug()`. */
  report(figures: Partial<DebugFigures>): void;
}

/** A transport's half in the page: the connections to the other players' pages. One object per game. */
export interface Peers {
  /** The transport's half on the server says something. */
  message(message: RuntimeMessage): void;
  /** A packet came over the way through the server. */
  packet(bytes: Uint8Array): void;
  /** The connection to the server was lost, or is back. */
  connection(there: boolean): void;
  /** The game is over or the page leaves it; release everything. */
  stop(): void;
}

/** Makes the connections of one game; `offer` is what the transport's half on the server said of it. */
export type PeersFactory = (host: PeersHost, offer: RuntimeMessage) => Peers;
