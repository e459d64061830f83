import type { DebugFigures, GamePage, PeerPort, PeersHost, RuntimeMessage } from "@mug/client";

/** What a page gives to a transport, and what the transport made of it. */
export class FakeHost implements PeersHost {
  readonly game = "a game";
  readonly page = {} as GamePage;
  readonly said: RuntimeMessage[] = [];
  readonly packets: Uint8Array[] = [];
  readonly links: [number, PeerPort | null][] = [];
  figures: Partial<DebugFigures> = {};
  /** How often each page that is here has begun. */
  here: number[] = [];
  /** Whether the server takes what is said. */
  takes = true;

  async send(message: RuntimeMessage): Promise<RuntimeMessage | null> {
    if (!this.takes) return null;
    this.said.push(message);
    return message["type"] === "here" ? { incarnations: this.here } : {};
  }

  sendPacket(bytes: Uint8Array): void {
    this.packets.push(bytes);
  }

  link(peer: number, port: PeerPort | null): void {
    this.links.push([peer, port]);
  }

  report(figures: Partial<DebugFigures>): void {
    this.figures = { ...this.figures, ...figures };
  }

  /** What was said of this kind. */
  of(type: string): RuntimeMessage[] {
    return this.said.filter((message) => message["type"] === type);
  }

  /** The newest port to a peer through the server. */
  relay(peer: number): MessagePort {
    const ports = this.links.filter(
      ([to, port]) => to === peer && port !== null && "postMessage" in port,
    );
    return ports.at(-1)![1] as MessagePort;
  }
}
