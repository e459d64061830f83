/** A browser's connection whose state a test decides; descriptions are numbered texts. */
export class FakeConnection {
  static made: FakeConnection[] = [];
  static possible = true;

  readonly configuration: RTCConfiguration;
  readonly channel = { binaryType: "blob" };
  readonly candidates: RTCIceCandidateInit[] = [];
  readonly restarts: boolean[] = [];
  channelInit: RTCDataChannelInit | undefined;
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onicecandidateerror: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  /** What getStats tells of the selected pair. */
  candidateTypes = ["host", "host"];
  roundTrip = 0.025;

  constructor(configuration: RTCConfiguration) {
    if (!FakeConnection.possible) throw new Error("not allowed");
    this.configuration = configuration;
    FakeConnection.made.push(this);
  }

  static get last(): FakeConnection {
    return FakeConnection.made.at(-1)!;
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  finds(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate }) } });
  }

  createDataChannel(_label: string, init: RTCDataChannelInit): unknown {
    this.channelInit = init;
    return this.channel;
  }

  async createOffer(options: RTCOfferOptions): Promise<RTCSessionDescriptionInit> {
    this.restarts.push(options.iceRestart ?? false);
    return { type: "offer", sdp: `offer ${this.restarts.length}` };
  }

  async createAnswer(): Promise<RTCSessionDescriptionInit> {
    return { type: "answer", sdp: `answer to ${this.remoteDescription?.sdp}` };
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.remoteDescription = description;
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.remoteDescription === null) throw new Error("too early");
    this.candidates.push(candidate);
  }

  async getStats(): Promise<Map<string, unknown>> {
    const [local, remote] = this.candidateTypes;
    return new Map<string, unknown>([
      ["T", { type: "transport", selectedCandidatePairId: "P" }],
      [
        "P",
        {
          type: "candidate-pair",
          localCandidateId: "L",
          remoteCandidateId: "R",
          currentRoundTripTime: this.roundTrip,
        },
      ],
      ["L", { type: "local-candidate", candidateType: local }],
      ["R", { type: "remote-candidate", candidateType: remote }],
    ]);
  }

  close(): void {
    this.connectionState = "closed";
  }
}
