import type { RuntimeMessage } from "@mug/client";

/** What one page says to another about an attempt to connect; `attempt` is the offering page's count. */
export type Signal = { readonly attempt: number } & (
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly candidate: RTCIceCandidateInit }
  | { readonly type: "restart" }
);

/** A signal as it comes from the server, with the page that said it. */
export interface Received {
  readonly from: number;
  readonly incarnation: number;
  readonly signal: Signal;
}

/** What a page needs to know to reach the others. */
export interface Offer {
  readonly me: number;
  /** How often this page has begun: what is meant for an earlier one is not for this. */
  readonly incarnation: number;
  readonly peers: number;
  readonly configuration: RTCConfiguration;
}

export function readOffer(raw: RuntimeMessage): Offer {
  const me = raw["me"] as number;
  const incarnations = raw["incarnations"] as number[];
  return {
    me,
    incarnation: incarnations[me]!,
    peers: incarnations.length,
    configuration: raw["ice"] as RTCConfiguration,
  };
}

/** Null for what is no signal. */
export function readSignal(raw: RuntimeMessage): Received | null {
  const { type, from, incarnation, attempt, sdp, candidate } = raw;
  if (typeof from !== "number" || typeof incarnation !== "number" || typeof attempt !== "number") {
    return null;
  }
  if ((type === "offer" || type === "answer") && typeof sdp === "string") {
    return { from, incarnation, signal: { type, attempt, sdp } };
  }
  if (type === "candidate" && typeof candidate === "object" && candidate !== null) {
    return { from, incarnation, signal: { type, attempt, candidate } };
  }
  return type === "restart" ? { from, incarnation, signal: { type, attempt } } : null;
}
