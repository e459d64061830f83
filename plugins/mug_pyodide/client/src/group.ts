import type { GameHost, PeerPort, Peers, RuntimeMessage } from "@mug/client";
import type { Beginning } from "./beginning.js";
import { bridged } from "./bridge.js";
import { NOTES_MS } from "./gathering.js";
import { Outbox } from "./outbox.js";
import type { WorkerPort } from "./port.js";
import type { BrowserServices } from "./services.js";
import type { Hello, ServerHalf } from "./server_half.js";
import { type GameShelf, type Kept, notesOf, type Snapshot } from "./shelf.js";
import type { GameEvent, Turn } from "./turn.js";

const STALLED_TEXT = "Waiting for the other players: their connection is slow…";
const WAITING_TEXT = "Waiting for the other players…";

/** What a page has to do besides where other players' pages play the same game. */
export class Group {
  readonly #host: GameHost;
  readonly #server: ServerHalf;
  readonly #offer: RuntimeMessage;
  readonly #seat: unknown;
  readonly #returned: boolean;
  readonly #notes: Outbox;
  #peers: Peers | null = null;

  private constructor(
    host: GameHost,
    server: ServerHalf,
    hello: Hello,
    offer: RuntimeMessage,
    { kept, shelf }: { kept: Kept; shelf: GameShelf },
  ) {
    this.#host = host;
    this.#server = server;
    this.#offer = offer;
    this.#seat = hello.open["seat"];
    this.#returned = hello.returned === true;
    const owner = server.takesFrom(
      () => NOTES_MS,
      () => {},
      (reason) => console.warn("mug: the server does not take notes about this game:", reason),
    );
    this.#notes = new Outbox(hello.notes ?? 0, shelf, owner, "notes");
    this.#notes.adopt(kept.batches);
    shelf.belongs(hello.generation);
  }

  /** Return what a game needs that this page plays with others; null where it plays alone. */
  static async join(
    host: GameHost,
    server: ServerHalf,
    { shelf }: BrowserServices,
    hello: Hello,
  ): Promise<Group | null> {
    const offer = hello.peers ?? null;
    if (offer === null) return null;
    return new Group(host, server, hello, offer, await shelf.open(notesOf(host.game)));
  }

  /** What Python has to know besides. */
  get setup(): Record<string, unknown> {
    return { peers: this.#offer, notes: this.#notes.next, returned: this.#returned };
  }

  /** Ask where this page begins, until that is known; null if it was left meanwhile. */
  async beginning(): Promise<Beginning | null> {
    for (;;) {
      const answer = await this.#server.say({ type: "begin" });
      if (answer === null) return null;
      if (answer["wait"] !== true) {
        const data = answer["data"] as Uint8Array | null;
        return {
          next: Number(answer["records"]),
          snapshots: answer["snapshots"] === true,
          checkpoint: data && new Uint8Array(data),
        };
      }
      await this.#server.pause();
    }
  }

  /** Connect the worker to those of the other pages. */
  connect(port: WorkerPort): void {
    const host = this.#host;
    this.#peers = host.peers!(
      {
        game: host.game,
        page: host.page,
        send: (message) => this.#server.ask({ type: "peers", message }),
        sendPacket: (bytes) => host.sendPacket(bytes),
        link: (peer, carrier) => link(port, peer, carrier),
        report: (figures) => host.report(figures),
      },
      this.#offer,
    );
  }

  /** After a break, the server has said how things are. */
  agreed({ returned }: Hello, port: WorkerPort): void {
    if (returned === true) port.post({ type: "command", name: "returned", argument: "null" });
  }

  /** The game stands in this page. */
  ready(): void {
    this.#host.progress(null, WAITING_TEXT, "");
  }

  /** Do what the server says, if it is for this; false if it is not. */
  message(message: RuntimeMessage, port: WorkerPort | null): boolean {
    switch (message["type"]) {
      case "peers":
        this.#peers?.message(message["message"] as RuntimeMessage);
        return true;
      case "checkpoint":
        this.#server.awake();
        return true;
      case "checkpoint_wanted":
        port?.post({ type: "checkpoint" });
        return true;
    }
    return false;
  }

  packet(bytes: Uint8Array): void {
    this.#peers?.packet(bytes);
  }

  connection(there: boolean): void {
    this.#peers?.connection(there);
  }

  turned({ notes = [], figures }: Turn): void {
    if (notes.length > 0) this.#notes.add(notes, false);
    if (figures !== undefined) this.#host.report(figures);
  }

  happened(event: GameEvent): void {
    if (event[0] === "desync") void this.#server.say({ type: "desync", peer: event[1] });
    else if (event[0] === "links") void this.#server.ask({ type: "links", links: event[1] });
    else if (event[0] === "waiting") this.#host.stalled(event[1] ? STALLED_TEXT : null);
  }

  /** Whether a policy has this page's seat for good. */
  isTaken(taken: readonly (readonly [string | number, unknown])[] = []): boolean {
    return taken.some(([seat]) => seat === this.#seat);
  }

  /** Say what pages need that are opened again; the server has every record before that. */
  async give({ bytes: data, records }: Snapshot): Promise<void> {
    await this.#server.say({ type: "checkpoint", data, records });
  }

  /** Nothing is played any more: send what is left, and let go of it. */
  async drained(): Promise<void> {
    await this.#notes.drained();
  }

  flush(): void {
    this.#notes.flush();
  }

  hurry(): void {
    this.#notes.hurry();
  }

  /** Let go of the other pages. */
  disconnect(): void {
    this.#peers?.stop();
    this.#peers = null;
  }

  close(): void {
    this.disconnect();
    this.#notes.close();
  }
}

/** Hand a carrier over to the worker, or stand between them where that cannot be done. */
function link(port: WorkerPort, peer: number, carrier: PeerPort | null): void {
  if (carrier === null) {
    port.post({ type: "peer", peer, port: null });
    return;
  }
  try {
    port.post({ type: "peer", peer, port: carrier }, [carrier as MessagePort]);
  } catch (error) {
    if (!(error instanceof DOMException) || !("readyState" in carrier)) throw error;
    const end = bridged(carrier);
    port.post({ type: "bridge", peer, port: end }, [end]);
  }
}
