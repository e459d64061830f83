/** How packets travel between two pages, the best first. */
export const WAYS = ["direct", "turn", "relay"] as const;
export type Way = (typeof WAYS)[number];

/** A way, and how many milliseconds there and back take, null when that is not known. */
export interface Found {
  readonly way: Way;
  readonly rtt: number | null;
}

interface PairStats {
  readonly type: string;
  readonly state?: string;
  readonly nominated?: boolean;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly currentRoundTripTime?: number;
}

interface TransportStats {
  readonly type: string;
  readonly selectedCandidatePairId?: string;
}

/** Which way a connection that stands has taken; null when the browser does not tell. */
export async function wayOf(connection: RTCPeerConnection): Promise<Found | null> {
  const stats = await connection.getStats();
  const all: (PairStats & TransportStats)[] = [];
  stats.forEach((one: PairStats & TransportStats) => all.push(one));
  const selected = all.find((one) => one.selectedCandidatePairId)?.selectedCandidatePairId;
  const pair =
    selected === undefined
      ? all.find(
          (one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded",
        )
      : (stats.get(selected) as PairStats | undefined);
  if (pair === undefined) return null;
  const relayed = [pair.localCandidateId, pair.remoteCandidateId].some((id) => {
    const candidate = stats.get(id ?? "") as { candidateType?: string } | undefined;
    return candidate?.candidateType === "relay";
  });
  const seconds = pair.currentRoundTripTime;
  return { way: relayed ? "turn" : "direct", rtt: seconds === undefined ? null : seconds * 1000 };
}
