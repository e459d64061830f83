import { afterEach, describe, expect, it, vi } from "vitest";
import { bootText } from "../src/boot_text.js";
import { missingCapability } from "../src/capability.js";
import { readManifest } from "../src/manifest.js";
import { STAGES } from "../src/messages.js";
import { readPicture } from "../src/picture.js";

describe("bootText", () => {
  it("says how many bytes have come while there is something to download", () => {
    const [part, text, detail] = bootText({
      type: "progress",
      stage: "download",
      received: 2_100_000,
      total: 8_400_000,
    });
    expect([text, detail]).toEqual(["Loading the game…", "2.1 of 8.4 MB"]);
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(0.5);
  });

  it("never goes back, and never reaches the end by itself", () => {
    const parts = STAGES.map(
      (stage) => bootText({ type: "progress", stage, received: 8, total: 8 })[0],
    );
    expect([...parts].sort((a, b) => a - b)).toEqual(parts);
    expect(parts.at(-1)).toBeLessThan(1);
    expect(bootText({ type: "progress", stage: "download", received: 0, total: 0 })).toEqual([
      0,
      "Loading the game…",
      "",
    ]);
  });
});

describe("readPicture", () => {
  const place = { episode: 1, frame: 1, step: 1, ack: 0 };

  it("reads what changed, and pictures as bytes", () => {
    const delta = readPicture({
      ...place,
      kind: "delta",
      set: [
        [1, 0, 1, { x: 1 }],
        [2, 1, 9, { x: 0, png: btoa("\x89PNG") }],
      ],
      removed: [4],
    })!;
    expect(delta.removed).toEqual([4]);
    expect(delta.set.map(({ type }) => type)).toEqual(["rect", "pixels"]);
    expect(delta.set[1]!.props["png"]).toEqual(new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
  });

  it("reads nothing where nothing changed", () => {
    expect(readPicture({ ...place, kind: "beat" })).toBeNull();
  });
});

describe("missingCapability", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("misses nothing in a browser of today", () => {
    vi.stubGlobal("Worker", class {});
    expect(missingCapability()).toBeNull();
  });

  it.each([
    ["WebAssembly", undefined, "WebAssembly"],
    ["WebAssembly", { validate: () => false }, "WebAssembly with SIMD"],
    ["Worker", undefined, "web workers"],
    ["CompressionStream", undefined, "raw compression streams"],
  ])("says what is missing: %s", (name, value, missing) => {
    vi.stubGlobal("Worker", class {});
    vi.stubGlobal(name, value);
    if (typeof value === "object") vi.stubGlobal(name, Object.assign(Object.create(null), value));
    expect(missingCapability()).toBe(missing);
  });
});

it("readManifest makes every address absolute", () => {
  const file = (url: string) => ({ url, bytes: 1, integrity: "sha256-x" });
  const manifest = readManifest(
    {
      runtime: { base: "./-/r/", files: { a: 1 }, lock: "lock.json" },
      worker: "./-/r/worker.js",
      scenes: [
        {
          scene_id: "car",
          packs: [file("./-/p/a")],
          lazy: [file("./-/p/b")],
          scene: file("./-/p/c"),
          models: [{ name: "m", ...file("./-/p/d") }],
          packages: ["numpy"],
          imports: ["x"],
        },
      ],
    },
    new URL("https://lab.test/study/"),
  );
  expect(manifest.worker).toBe("https://lab.test/study/-/r/worker.js");
  expect(manifest.runtime.base).toBe("https://lab.test/study/-/r/");
  const [scene] = manifest.scenes;
  expect(scene!.sceneId).toBe("car");
  const files = [...scene!.packs, ...scene!.lazy, scene!.scene, ...scene!.models];
  expect(files.map(({ url }) => url)).toEqual(
    ["a", "b", "c", "d"].map((name) => `https://lab.test/study/-/p/${name}`),
  );
  expect(scene!.models[0]!.name).toBe("m");
});
