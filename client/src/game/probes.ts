import { isRecord } from "../net/messages.js";
import type { RuntimeMessage } from "./runtime.js";

/** What measures how far other waiting participants' pages are, as a transport sees it. */
export interface ProbeHost {
  /** Say something to the transport's half on the server; null when it was not taken. */
  send(message: RuntimeMessage): Promise<RuntimeMessage | null>;
}

/** One group that may form. */
export interface PeerProbe {
  /** The transport's half on the server says something. */
  message(message: RuntimeMessage): void;
  /** It is known, or nobody waits for it any more. */
  stop(): void;
}

/** Begins to measure; `offer` is what the transport's half on the server said of the group. */
export type ProbeFactory = (host: ProbeHost, offer: RuntimeMessage) => PeerProbe;

/** Measures, while the participant waits, how far those are who may play with them. */
export class Probes {
  readonly #factories = new Map<string, ProbeFactory>();
  readonly #send: (group: string, message: RuntimeMessage) => Promise<RuntimeMessage | null>;
  readonly #running = new Map<string, PeerProbe>();

  constructor(send: (group: string, message: RuntimeMessage) => Promise<RuntimeMessage | null>) {
    this.#send = send;
  }

  /** Let a transport measure its own way. */
  offer(transport: string, factory: ProbeFactory): void {
    this.#factories.set(transport, factory);
  }

  /** Take what the server says about a group; false if it is about something else. */
  message(group: string, message: RuntimeMessage): boolean {
    const running = this.#running.get(group);
    if (message["type"] === "probe") {
      running?.stop();
      this.#running.delete(group);
      const factory = this.#factories.get(String(message["transport"]));
      const offer = message["offer"];
      if (factory === undefined || !isRecord(offer)) return true;
      const send = (said: RuntimeMessage) => this.#send(group, said);
      this.#running.set(group, factory({ send }, offer));
      return true;
    }
    if (message["type"] === "probed") {
      running?.stop();
      this.#running.delete(group);
      return true;
    }
    running?.message(message);
    return running !== undefined;
  }

  /** Measure no more. */
  stop(): void {
    for (const probe of this.#running.values()) probe.stop();
    this.#running.clear();
  }
}
