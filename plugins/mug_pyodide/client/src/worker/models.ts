import type { Download, ModelFile } from "../manifest.js";
import type { InferenceWanted } from "../turn.js";
import type { Downloads } from "./downloads.js";
import type { Numbers } from "./python.js";

const SCRIPT = "ort.wasm.bundle.min.mjs";
export const ENGINE = "ort-wasm-simd-threaded.wasm";

/** What Python is told about a model: for each input and output its type and its number of dimensions. */
export interface ModelDescription {
  readonly name: string;
  readonly inputs: string;
  readonly outputs: string;
}

/** A network's answer: numbers and their shape. */
export type Result = readonly [Numbers, readonly number[]];

interface Tensor {
  readonly data: Numbers;
  readonly dims: readonly number[];
  dispose(): void;
}

interface ValueDescription {
  readonly name: string;
  readonly type?: string;
  readonly shape?: readonly unknown[];
}

interface Session {
  readonly inputMetadata: readonly ValueDescription[];
  readonly outputMetadata: readonly ValueDescription[];
  run(
    feeds: Record<string, Tensor>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>>;
}

interface Ort {
  readonly env: { readonly wasm: { wasmPaths?: unknown; numThreads?: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: Numbers, dims: readonly number[]) => Tensor;
}

/** Runs networks with onnxruntime-web, which is loaded when the first one is needed. */
export class Models {
  readonly #base: string;
  readonly #engine: Download;
  readonly #importModule: (url: string) => Promise<unknown>;
  readonly #sessions = new Map<string, Session>();
  readonly #loading = new Map<string, Promise<void>>();
  #ort: Promise<Ort> | null = null;
  #tensor: Ort["Tensor"] | null = null;

  /**
   * @param base where onnxruntime-web is
   * @param engine its compiled part
   */
  constructor(base: string, engine: Download, importModule: (url: string) => Promise<unknown>) {
    this.#base = base;
    this.#engine = engine;
    this.#importModule = importModule;
  }

  /** Load these models, and describe them. */
  async load(files: readonly ModelFile[], downloads: Downloads): Promise<ModelDescription[]> {
    if (files.length === 0) return [];
    this.#ort ??= this.#start(downloads);
    const ort = await this.#ort;
    for (const file of files) {
      if (!this.#loading.has(file.url))
        this.#loading.set(file.url, this.#open(ort, file, downloads));
    }
    await Promise.all(files.map((file) => this.#loading.get(file.url)));
    return files.map(({ name }) => this.#describe(name));
  }

  /**
   * Let a model answer.
   *
   * @param feed the numbers of an input, which may be taken over
   */
  async run(wanted: InferenceWanted, feed: (input: string) => Numbers): Promise<Result[]> {
    const session = this.#sessions.get(wanted.model);
    if (session === undefined) throw new Error(`there is no model '${wanted.model}'`);
    const feeds: Record<string, Tensor> = {};
    for (const [name, { dtype, shape }] of Object.entries(wanted.inputs)) {
      feeds[name] = new this.#tensor!(dtype, feed(name), shape);
    }
    const tensors = await session.run(feeds, wanted.outputs);
    return wanted.outputs.map((name) => {
      const { data, dims } = tensors[name]!;
      return [data, dims];
    });
  }

  async #start(downloads: Downloads): Promise<Ort> {
    downloads.begin(this.#engine);
    const ort = (await this.#importModule(this.#base + SCRIPT)) as Ort;
    ort.env.wasm.wasmPaths = { wasm: this.#base + ENGINE };
    ort.env.wasm.numThreads = 1;
    this.#tensor = ort.Tensor;
    return ort;
  }

  async #open(ort: Ort, file: ModelFile, downloads: Downloads): Promise<void> {
    const session = await ort.InferenceSession.create(await downloads.bytes(file), {
      executionProviders: ["wasm"],
    });
    this.#sessions.set(file.name, session);
  }

  #describe(name: string): ModelDescription {
    const { inputMetadata, outputMetadata } = this.#sessions.get(name)!;
    return { name, inputs: described(inputMetadata), outputs: described(outputMetadata) };
  }
}

function described(values: readonly ValueDescription[]): string {
  return JSON.stringify(
    Object.fromEntries(
      values.map(({ name, type, shape }) => [name, [type ?? "", shape?.length ?? 0]]),
    ),
  );
}
