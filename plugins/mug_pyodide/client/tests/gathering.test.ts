import { describe, expect, it } from "vitest";
import { gatherMs } from "../src/gathering.js";

const PLAYED = { started: true, paused: false, stopped: null };

describe("gatherMs", () => {
  it("is a second where no other page has the records", () => {
    expect(gatherMs(undefined, PLAYED)).toBe(1000);
  });

  it("is shorter for the first of the pages that are there than for those that follow", () => {
    const first = gatherMs(0, { ...PLAYED, away: [1] });
    expect(gatherMs(2, { ...PLAYED, away: [0, 1] })).toBe(first);
    expect(gatherMs(1, { ...PLAYED, away: [0, 2] })).toBe(first);
    const following = gatherMs(1, { ...PLAYED, away: [] });
    expect(gatherMs(2, { ...PLAYED, away: [0] })).toBe(following);
    expect(following).toBeGreaterThan(first);
  });

  it("is that of the first page where it is not known whether a page before has gone for good", () => {
    const taken = [["player_0", ["takeover"]]] as const;
    expect(gatherMs(1, { ...PLAYED, away: [], taken })).toBe(gatherMs(0, PLAYED));
  });
});
