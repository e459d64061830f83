import { beforeEach, describe, expect, it, vi } from "vitest";
import { AssetLoader } from "../../src/render/assets.js";

const IMAGE = {
  kind: "image",
  name: "star",
  url: "https://lab.test/star.png",
  data: null,
} as const;
const ATLAS = {
  kind: "atlas",
  name: "sheet",
  url: "https://lab.test/sheet.png",
  data: "https://lab.test/sheet.json",
} as const;

const fetched = vi.fn<typeof fetch>();
let decodes: (() => Promise<void>)[];

beforeEach(() => {
  fetched.mockReset();
  fetched.mockImplementation(async (url) =>
    String(url).endsWith(".json")
      ? new Response(JSON.stringify({ hero: { x: 0, y: 0, w: 1, h: 1 } }))
      : new Response(new Uint8Array(8), { headers: { "Content-Length": "8" } }),
  );
  decodes = [];
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal(
    "Image",
    class {
      src = "";
      decode = (): Promise<void> => decodes.shift()?.() ?? Promise.resolve();
    },
  );
});

describe("AssetLoader", () => {
  it("is done at once when there is nothing to load", async () => {
    const loader = new AssetLoader([], () => {});
    expect([loader.done, loader.progress]).toEqual([true, 1]);
    await loader.load();
    expect(fetched).not.toHaveBeenCalled();
  });

  it("loads images, and atlases with their tables", async () => {
    const loader = new AssetLoader([IMAGE, ATLAS], () => {});
    await loader.load();
    expect(loader.loaded.get("star")?.atlas).toBeNull();
    expect(loader.loaded.get("sheet")?.atlas?.has("hero")).toBe(true);
    expect([loader.done, loader.progress]).toEqual([true, 1]);
  });

  it("says how much has arrived, never more than everything and never less than before", async () => {
    const seen: number[] = [];
    const loader = new AssetLoader([IMAGE, ATLAS], () => seen.push(loader.progress));
    await loader.load();
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(seen.some((part) => part > 0 && part < 1)).toBe(true);
  });

  it("tries a picture three times, then goes on without it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    fetched.mockImplementation(async () => new Response("", { status: 404 }));
    const loader = new AssetLoader([IMAGE], () => {});
    await loader.load();
    expect(fetched).toHaveBeenCalledTimes(3);
    expect([...loader.missing]).toEqual(["star"]);
    expect([loader.done, loader.progress]).toEqual([true, 1]);
  });

  it("recovers when a later try succeeds", async () => {
    decodes = [() => Promise.reject(new Error("broken"))];
    const loader = new AssetLoader([IMAGE], () => {});
    await loader.load();
    expect([...loader.missing]).toEqual([]);
    expect(loader.loaded.has("star")).toBe(true);
  });

  it("does not try again once it is stopped", async () => {
    const loader = new AssetLoader([IMAGE], () => {});
    fetched.mockImplementation(async () => {
      loader.stop();
      throw new DOMException("aborted", "AbortError");
    });
    await loader.load();
    expect(fetched).toHaveBeenCalledOnce();
    expect([...loader.missing]).toEqual([]);
  });
});
