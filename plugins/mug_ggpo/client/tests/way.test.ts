import { describe, expect, it } from "vitest";
import { wayOf } from "../src/way.js";

const host = { type: "local-candidate", candidateType: "host" };
const relayed = { type: "remote-candidate", candidateType: "relay" };
const pair = { type: "candidate-pair", state: "succeeded", nominated: true };

/** A connection whose statistics are these. */
function telling(stats: Record<string, object>): RTCPeerConnection {
  return {
    getStats: async () => new Map(Object.entries(stats)),
  } as unknown as RTCPeerConnection;
}

describe("wayOf", () => {
  it("looks at the selected pair, not at others that would work too", async () => {
    const connection = telling({
      T: { type: "transport", selectedCandidatePairId: "P2" },
      P1: { ...pair, localCandidateId: "H", remoteCandidateId: "R" },
      P2: { ...pair, localCandidateId: "H", remoteCandidateId: "H", currentRoundTripTime: 0.0421 },
      H: host,
      R: relayed,
    });
    expect(await wayOf(connection)).toEqual({ way: "direct", rtt: 42.1 });
  });

  it("takes the nominated pair where a browser does not name the selected one", async () => {
    const connection = telling({
      P1: { ...pair, nominated: false, localCandidateId: "H", remoteCandidateId: "H" },
      P2: { ...pair, localCandidateId: "H", remoteCandidateId: "R" },
      H: host,
      R: relayed,
    });
    expect(await wayOf(connection)).toEqual({ way: "turn", rtt: null });
  });

  it("knows nothing before there is a pair", async () => {
    expect(await wayOf(telling({ T: { type: "transport" }, H: host }))).toBeNull();
  });
});
