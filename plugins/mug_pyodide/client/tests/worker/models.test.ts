import { expect, it, vi } from "vitest";
import { Downloads } from "../../src/worker/downloads.js";
import { Models } from "../../src/worker/models.js";

const file = (name: string) => ({ url: `https://lab.test/${name}`, bytes: 4, integrity: null });

it("loads onnxruntime when a scene has models, describes them, and runs them", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("abcd")));
  const run = vi.fn<(feeds: Record<string, { data: Float32Array }>) => Promise<unknown>>((feeds) =>
    Promise.resolve({ y: { data: feeds["x"]!.data.map((value) => value * 2), dims: [1, 2] } }),
  );
  const created: string[] = [];
  const ort = {
    env: { wasm: {} as Record<string, unknown> },
    Tensor: class {
      readonly type: string;
      readonly data: unknown;
      readonly dims: unknown;
      constructor(type: string, data: unknown, dims: unknown) {
        [this.type, this.data, this.dims] = [type, data, dims];
      }
    },
    InferenceSession: {
      create: (model: Uint8Array) => {
        created.push(new TextDecoder().decode(model));
        return Promise.resolve({
          inputMetadata: [{ name: "x", type: "float32", shape: [1, 2] }],
          outputMetadata: [{ name: "y", type: "float32", shape: ["n", 2] }],
          run,
        });
      },
    },
  };
  const importModule = vi.fn<(url: string) => Promise<unknown>>().mockResolvedValue(ort);
  const models = new Models("https://lab.test/r/", file("r/ort.wasm"), importModule);
  const downloads = new Downloads(false, () => {}, null);
  expect(await models.load([], downloads)).toEqual([]);
  expect(importModule).not.toHaveBeenCalled();

  const wanted = [{ name: "partner", ...file("partner.onnx") }];
  const [first] = await Promise.all([
    models.load(wanted, downloads),
    models.load(wanted, downloads),
  ]);
  expect(first).toEqual([
    { name: "partner", inputs: '{"x":["float32",2]}', outputs: '{"y":["float32",2]}' },
  ]);
  expect(created).toEqual(["abcd"]);
  expect(importModule).toHaveBeenCalledOnce();
  expect(ort.env.wasm).toMatchObject({ numThreads: 1 });

  const inputs = { x: { dtype: "float32", shape: [1, 2] } };
  const question = { model: "partner", outputs: ["y"], inputs };
  await expect(models.run(question, () => new Float32Array([1, 2]))).resolves.toEqual([
    [new Float32Array([2, 4]), [1, 2]],
  ]);
  await expect(
    models.run({ ...question, model: "none" }, () => new Float32Array()),
  ).rejects.toThrow("'none'");
});
