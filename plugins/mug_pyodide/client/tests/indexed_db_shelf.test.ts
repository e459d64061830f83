import { afterEach, describe, expect, it, vi } from "vitest";
import { IndexedDbShelf } from "../src/indexed_db_shelf.js";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("IndexedDbShelf", () => {
  it("goes on without a database that does not answer, and says so once", async () => {
    vi.useFakeTimers();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("indexedDB", { open: () => ({}) });
    const shelf = new IndexedDbShelf("mug /");
    const [opened, games] = [shelf.open("g1"), shelf.games()];
    await vi.advanceTimersByTimeAsync(3000);
    const { kept, shelf: forgetful } = await opened;
    expect(kept).toEqual({ batches: [], snapshot: null, generation: null });
    forgetful.keep({ first: 0, lines: ["{}"] });
    expect(await games).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();
  });
});
