import type { GameState } from "./server_half.js";

/** The server is the only one besides this browser that has the records. */
const ALONE_MS = 1000;
/** Other pages have the records too. */
const FIRST_MS = 4000;
/** What follows is only compared with what the first page has sent. */
const FOLLOWING_MS = 12_000;
/** For how long notes about a page are gathered: nobody waits for them. */
export const NOTES_MS = 20_000;

/**
 * For how many milliseconds a page gathers records that nobody waits for. All of them are in this browser's
 * storage meanwhile.
 *
 * @param peer which of the pages that play this one is, undefined if it is the only one
 */
export function gatherMs(peer: number | undefined, { away = [], taken = [] }: GameState): number {
  if (peer === undefined) return ALONE_MS;
  const others = Array.from({ length: peer }, (_, other) => other);
  const isFirst = taken.length > 0 || others.every((other) => away.includes(other));
  return isFirst ? FIRST_MS : FOLLOWING_MS;
}
