import { storedFiles } from "./stored_zip.js";

/** The name of a worker that only fetches. */
export const COURIER = "courier";
/** How many files may be on their way at a time: what is asked for first is needed first. */
const AT_A_TIME = 2;
const PACKAGE = ".whl";

interface Errand {
  readonly number: number;
  readonly url: string;
  readonly options: RequestInit;
}

type Report =
  | { readonly number: number; readonly content: ArrayBuffer; readonly length: number }
  | { readonly number: number; readonly name: string; readonly message: string };

/** The part of a web worker that is used here. */
export interface CourierThread {
  onmessage: ((event: MessageEvent<Report>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(errand: Errand): void;
  terminate(): void;
}

/** A file as it was fetched. */
export interface Brought {
  readonly content: ArrayBuffer;
  /** Bytes on the network, 0 if that is not known. */
  readonly length: number;
}

interface Waiting {
  resolve(brought: Brought): void;
  reject(error: Error): void;
}

/** Fetches files in a thread of its own: what a thread fetches stands still while Python runs in it. */
export class Courier {
  readonly #thread: CourierThread;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(thread: CourierThread) {
    this.#thread = thread;
    thread.onmessage = ({ data }) => {
      const waiting = this.#waiting.get(data.number);
      this.#waiting.delete(data.number);
      if ("content" in data) waiting?.resolve(data);
      else waiting?.reject(Object.assign(new Error(data.message), { name: data.name }));
    };
    thread.onerror = () => {
      const error = new Error("the script that fetches could not be loaded");
      for (const { reject } of this.#waiting.values()) reject(error);
    };
  }

  /** Fetch a whole file. */
  fetch(url: string, options: RequestInit): Promise<Brought> {
    return new Promise((resolve, reject) => {
      this.#count += 1;
      this.#waiting.set(this.#count, { resolve, reject });
      this.#thread.postMessage({ number: this.#count, url, options });
    });
  }

  /** Fetch nothing more. */
  close(): void {
    this.#thread.terminate();
  }
}

/** What the courier's thread uses of its surroundings. */
export interface CourierScope {
  onmessage: ((event: MessageEvent<Errand>) => void) | null;
  postMessage(report: Report, transfer?: Transferable[]): void;
}

/** Be the courier's thread. */
export function runErrands(scope: CourierScope): void {
  const errands: Errand[] = [];
  let running = 0;
  const kept: Promise<WebAssembly.Module[]>[] = [];
  const run = async (): Promise<void> => {
    running += 1;
    for (let errand = errands.shift(); errand !== undefined; errand = errands.shift()) {
      const { number, url, options } = errand;
      await fetched(url, options).then(
        (brought) => {
          // Python may begin before all is compiled, and says itself what is wrong with an archive.
          if (url.endsWith(PACKAGE)) kept.push(compiled(brought.content).catch(() => []));
          scope.postMessage({ number, ...brought }, [brought.content]);
        },
        ({ name, message }: Error) => scope.postMessage({ number, name, message }),
      );
    }
    running -= 1;
  };
  scope.onmessage = ({ data }) => {
    errands.push(data);
    if (running < AT_A_TIME) void run();
  };
}

/**
 * Compile what Python will load of a package, and return it: as long as a browser has some code compiled,
 * it does not compile it again for another thread.
 */
async function compiled(archive: ArrayBuffer): Promise<WebAssembly.Module[]> {
  const libraries = storedFiles(new Uint8Array(archive)).filter(({ name }) => name.endsWith(".so"));
  return Promise.all(libraries.map(({ content }) => WebAssembly.compile(content)));
}

async function fetched(url: string, options: RequestInit): Promise<Brought> {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  const length = Number(response.headers.get("Content-Length") ?? 0);
  return { content: await response.arrayBuffer(), length };
}
