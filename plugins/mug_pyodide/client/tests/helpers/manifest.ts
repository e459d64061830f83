import type { Manifest, SceneFiles } from "../../src/manifest.js";

const file = (name: string, bytes: number) => ({
  url: `https://lab.test/${name}`,
  bytes,
  integrity: null,
});

function scene(sceneId: string): SceneFiles {
  return {
    sceneId,
    packs: [file("mug.zip", 100), file(`${sceneId}.zip`, 50)],
    lazy: [],
    scene: file(`${sceneId}.bin`, 10),
    models: [],
    packages: ["numpy"],
    imports: ["gymnasium"],
  };
}

/** An experiment with two scenes in the browser. */
export const MANIFEST: Manifest = {
  runtime: {
    base: "https://lab.test/runtime/",
    files: { "pyodide.asm.wasm": 1000 },
    lock: "lock.json",
  },
  worker: "https://lab.test/runtime/worker.js",
  scenes: [scene("car"), scene("grid")],
};
