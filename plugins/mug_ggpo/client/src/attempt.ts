import type { Signal } from "./signals.js";

const CHANNEL: RTCDataChannelInit = {
  ordered: false,
  maxRetransmits: 0,
  negotiated: true,
  id: 0,
};

/** What becomes of an attempt to connect. */
export interface AttemptOwner {
  signal(signal: Signal): void;
  /** Its data channel, in the task that created it. */
  channel(channel: RTCDataChannel): void;
  /** The connection stands, is lost, or cannot be made. */
  changed(state: RTCPeerConnectionState): void;
  /** A STUN or TURN server did not do what was asked of it. */
  refused(event: RTCPeerConnectionIceErrorEvent): void;
}

/** One connection between two pages, made once and mended as long as that works. */
export class Attempt {
  readonly number: number;
  readonly connection: RTCPeerConnection;
  readonly #owner: AttemptOwner;
  /** Candidates that came before the description that they belong to. */
  readonly #early: RTCIceCandidateInit[] = [];
  /** One negotiation after the other. */
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  /** @throws when the browser cannot or must not connect to others */
  constructor(number: number, configuration: RTCConfiguration, owner: AttemptOwner) {
    this.number = number;
    this.#owner = owner;
    this.connection = new RTCPeerConnection(configuration);
    const channel = this.connection.createDataChannel("mug", CHANNEL);
    channel.binaryType = "arraybuffer";
    owner.channel(channel);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "" && !this.#closed) {
        owner.signal({ type: "candidate", attempt: number, candidate: candidate.toJSON() });
      }
    };
    this.connection.onicecandidateerror = (event) => owner.refused(event);
    this.connection.onconnectionstatechange = () => {
      if (!this.#closed) owner.changed(this.connection.connectionState);
    };
  }

  get connected(): boolean {
    return !this.#closed && this.connection.connectionState === "connected";
  }

  /** Offer the connection, for the first time or to find another way for it. */
  offer(restart: boolean): void {
    this.#then(async () => {
      const offer = await this.connection.createOffer({ iceRestart: restart });
      await this.#describe(offer);
    });
  }

  /** What the other page says about this attempt. */
  take(signal: Signal): void {
    this.#then(async () => {
      if (signal.type === "candidate") {
        if (this.connection.remoteDescription === null) this.#early.push(signal.candidate);
        else await this.connection.addIceCandidate(signal.candidate);
      } else if (signal.type !== "restart") {
        await this.connection.setRemoteDescription({ type: signal.type, sdp: signal.sdp });
        for (const one of this.#early.splice(0)) await this.connection.addIceCandidate(one);
        if (signal.type === "offer") await this.#describe(await this.connection.createAnswer());
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.connection.close();
  }

  /** Describe this end, here and to the other page; its candidates follow as they are found. */
  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    await this.connection.setLocalDescription(description);
    const { type, sdp } = description;
    if (this.#closed || (type !== "offer" && type !== "answer")) return;
    this.#owner.signal({ type, attempt: this.number, sdp: sdp ?? "" });
  }

  /** What fails here shows as a connection that is never made. */
  #then(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#closed) return;
      try {
        await work();
      } catch (error) {
        if (!this.#closed) console.warn("mug: connecting to another page:", error);
      }
    });
  }
}
