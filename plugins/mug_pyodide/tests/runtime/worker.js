// Boots the assembled runtime as mug's worker does, and answers what the page asks for.
const stages = {};
let began = performance.now();
let python;

function lap(name) {
  const now = performance.now();
  stages[name] = Math.round(now - began);
  began = now;
}

const tasks = {
  async boot() {
    const pack = fetch("/pack.zip").then((answer) => answer.arrayBuffer());
    const { loadPyodide } = await import("/runtime/pyodide.mjs");
    lap("loader");
    python = await loadPyodide({
      indexURL: "/runtime/",
      packages: ["numpy"],
      env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" },
    });
    lap("loadPyodide with numpy");
    python.unpackArchive(await pack, "zip", { extractDir: "/lib/python3.14/site-packages" });
    lap("unpack");
    return stages;
  },

  python(code) {
    began = performance.now();
    const result = python.runPython(code);
    lap("python");
    return { value: result?.toJs ? result.toJs() : result, ms: stages.python };
  },

  async load(names) {
    await python.loadPackage(names, { messageCallback() {} });
  },

  async infer(values) {
    const runtime = await import("/runtime/ort.wasm.bundle.min.mjs");
    runtime.env.wasm.wasmPaths = { wasm: "/runtime/ort-wasm-simd-threaded.wasm" };
    runtime.env.wasm.numThreads = 1;
    const model = await fetch("/model.onnx").then((answer) => answer.arrayBuffer());
    const session = await runtime.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const input = new runtime.Tensor("float32", new Float32Array(values), [1, values.length]);
    return [...(await session.run({ obs: input })).logits.data];
  },
};

self.onmessage = async ({ data: { id, task, argument } }) => {
  try {
    self.postMessage({ id, result: await tasks[task](argument) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.stack ?? error) });
  }
};
