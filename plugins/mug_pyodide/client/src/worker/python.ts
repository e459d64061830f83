/** Numbers in memory, as Python or a network has them. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An object of Python's. */
export interface Proxy {
  destroy(): void;
}

/** A view of an array's memory in Python; it has to be released. */
export interface BufferView {
  readonly data: Numbers;
  release(): void;
}

/** An array of Python's, or its bytes. */
export interface BufferProxy extends Proxy {
  getBuffer(): BufferView;
}

/** What asks for answers of models, and takes them. */
export interface Answering extends Proxy {
  feed(number: number, name: string): BufferProxy;
  answer(number: number, results: readonly (readonly [Numbers, readonly number[]])[]): void;
}

/** Copy an array out of Python's memory, which moves when it grows. */
export function numbersOf(array: BufferProxy): Numbers {
  const view = array.getBuffer();
  const copy = view.data.slice();
  view.release();
  array.destroy();
  return copy;
}

/** `mug_pyodide.in_browser.player.Player`. */
export interface Player extends Answering {
  register_model(name: string, inputs: string, outputs: string): void;
  /** How many seconds a step takes, 0 if that is not known. */
  warm_up(): number;
  open(setup: string): void;
  take_history(lines: unknown): void;
  take_snapshot(blob: unknown): boolean;
  take_checkpoint(blob: unknown): void;
  turn(now: number): string;
  input(now: number, kind: number, seq: number, action: number, x: number, y: number): void;
  command(now: number, name: string, argument: string): void;
  /** Whether a turn should be taken soon. */
  receive(now: number, peer: number, packet: unknown): boolean;
  snapshot(): BufferProxy;
  checkpoint(): BufferProxy;
}

/** `mug_pyodide.in_browser.player`. */
export interface PlayerModule extends Proxy {
  Player(scene: unknown): Player;
}

/** The file system of Pyodide's, which is in memory. */
export interface Files {
  mkdirTree(path: string): void;
  /** With `canOwn` the content is not copied. */
  writeFile(path: string, content: Uint8Array, options: { canOwn: boolean }): void;
}

/** The part of Pyodide that the worker uses. */
export interface Pyodide {
  readonly version: string;
  readonly FS: Files;
  /** Where packages came from, by name: what is in here is not loaded again. */
  readonly loadedPackages: Record<string, string>;
  pyimport(name: string): Proxy;
  runPython(code: string): unknown;
  toPy(value: unknown): unknown;
  loadPackage(names: readonly string[]): Promise<unknown>;
}

/** What `pyodide.mjs` exports. */
export interface PyodideLoader {
  loadPyodide(options: {
    indexURL: string;
    packageBaseUrl: string;
    lockFileContents: unknown;
    env: Record<string, string>;
    stdout(line: string): void;
    stderr(line: string): void;
  }): Promise<Pyodide>;
}
