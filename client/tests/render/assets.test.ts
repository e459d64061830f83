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

  it("loads further pictures, and not again what is there or on its way", async () => {
    const loader = new AssetLoader([IMAGE], () => {});
    const first = loader.load();
    await loader.add([{ ...IMAGE }, ATLAS]);
    await first;
    await loader.add([{ ...IMAGE }, { ...ATLAS }]);
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([IMAGE.url, ATLAS.url, ATLAS.data]);
    expect([...loader.loaded.keys()].sort()).toEqual(["sheet", "star"]);
    expect([loader.done, loader.progress]).toEqual([true, 1]);
  });

  it("shows the picture before until the one that has its name now is there", async () => {
    const loader = new AssetLoader([IMAGE], () => {});
    await loader.load();
    const before = loader.loaded.get("star");
    const loading = loader.add([{ ...IMAGE, url: "https://lab.test/moon.png" }]);
    expect(loader.loaded.get("star")).toBe(before);
    await loading;
    expect(loader.loaded.get("star")).not.toBe(before);
    expect(fetched).toHaveBeenLastCalledWith("https://lab.test/moon.png", expect.anything());
  });

  it("takes the last meaning of a name, whichever picture comes last", async () => {
    let late = (): void => {};
    decodes = [() => new Promise((resolve) => (late = resolve)), () => Promise.resolve()];
    const loader = new AssetLoader([IMAGE], () => {});
    const first = loader.load();
    await vi.waitFor(() => expect(decodes).toHaveLength(1));
    await loader.add([{ ...IMAGE, url: "https://lab.test/moon.png" }]);
    const moon = loader.loaded.get("star");
    late();
    await first;
    expect(moon).toBeDefined();
    expect(loader.loaded.get("star")).toBe(moon);
  });

  it("draws nothing wrong in place of a picture that cannot be loaded", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const loader = new AssetLoader([IMAGE], () => {});
    await loader.load();
    fetched.mockImplementation(async () => new Response("", { status: 404 }));
    await loader.add([{ ...IMAGE, url: "https://lab.test/moon.png" }]);
    expect(loader.loaded.has("star")).toBe(false);
    expect([...loader.missing]).toEqual(["star"]);
  });

  it("tries again what was missing when the page is described again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    decodes = [1, 2, 3].map(() => () => Promise.reject(new Error("broken")));
    const loader = new AssetLoader([IMAGE], () => {});
    await loader.load();
    expect([...loader.missing]).toEqual(["star"]);
    await loader.add([{ ...IMAGE }]);
    expect([...loader.missing]).toEqual([]);
    expect(loader.loaded.has("star")).toBe(true);
  });
});
