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
  /** How often each peer's page has begun; 0: not yet. */
  readonly incarnations: readonly number[];
  readonly configuration: RTCConfiguration;
  /** Nothing is played: the pages only find out how far they are from each other. */
  readonly measures: boolean;
}

export function readOffer(raw: RuntimeMessage): Offer {
  return {
    me: raw["me"] as number,
    incarnations: raw["incarnations"] as number[],
    configuration: raw["ice"] as RTCConfiguration,
    measures: raw["measures"] === true,
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
