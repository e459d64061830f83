import type { Download } from "../manifest.js";
import { compileAhead } from "./compiling.js";

/** How much smaller files usually are on their way; what the server says then counts. */
const USUAL_COMPRESSION = 0.3;

interface Part {
  /** Bytes on the network. */
  size: number;
  /** From 0 to 1. */
  arrived: number;
}

/**
 * Fetches files side by side, each once, and counts what comes over the network. WebAssembly counts when it
 * is there: browsers compile it while it arrives, and keep that for later visits, only where nothing else
 * looks at it.
 */
export class Downloads {
  readonly #report: (received: number, total: number) => void;
  readonly #cache: RequestCache;
  readonly #parts = new Map<string, Part>();
  readonly #responses = new Map<string, Promise<Response>>();
  readonly #observer: PerformanceObserver;
  /** Rejects when something that was begun does not arrive: whoever waits for it may never say so. */
  readonly failure: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(fresh: boolean, report: (received: number, total: number) => void) {
    this.#cache = fresh ? "reload" : "default";
    this.#report = report;
    this.failure = new Promise((_, reject) => (this.#fail = reject));
    this.failure.catch(() => {});
    this.#observer = new PerformanceObserver((list) => {
      for (const { name } of list.getEntries()) this.#arrived(name);
    });
    this.#observer.observe({ type: "resource" });
  }

  /** Count no more. */
  close(): void {
    this.#observer.disconnect();
  }

  /** Begin to fetch a file, unless that was done before. */
  begin(file: Download): void {
    if (this.#responses.has(file.url)) return;
    const response = this.#fetch(file);
    response.catch(this.#fail);
    this.#responses.set(file.url, response);
  }

  /** Begin to fetch and to compile WebAssembly. */
  compile(file: Download): void {
    const { stand, done } = compileAhead(this.#fetch(file));
    done.catch(this.#fail);
    this.#responses.set(file.url, Promise.resolve(stand));
  }

  /** Count something that is loaded in another way. */
  async follow<T>(file: Download, loading: Promise<T>): Promise<T> {
    this.#part(file);
    const loaded = await loading;
    this.#arrived(file.url);
    return loaded;
  }

  /** Hand a file over, to one taker; null if it was never begun or is gone already. */
  take(url: string): Promise<Response> | null {
    const response = this.#responses.get(url);
    if (response === undefined) return null;
    this.#responses.delete(url);
    return response;
  }

  /** Return a file's content. */
  async bytes(file: Download): Promise<Uint8Array> {
    this.begin(file);
    return new Uint8Array(await (await this.take(file.url)!).arrayBuffer());
  }

  async #fetch(file: Download): Promise<Response> {
    const part = this.#part(file);
    const options: RequestInit = { cache: this.#cache };
    if (file.integrity !== null) options.integrity = file.integrity;
    const response = await fetch(file.url, options);
    if (!response.ok) throw new Error(`${file.url}: status ${response.status}`);
    const length = Number(response.headers.get("Content-Length") ?? 0);
    if (length > 0) part.size = length;
    return file.url.endsWith(".wasm") ? response : this.#counted(response, part, file.bytes);
  }

  #counted(response: Response, part: Part, bytes: number): Response {
    if (response.body === null) return response;
    let seen = 0;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        seen += chunk.byteLength;
        part.arrived = Math.min(1, seen / bytes);
        this.#tell();
        controller.enqueue(chunk);
      },
    });
    response.body.pipeTo(count.writable).catch(this.#fail);
    const { status, headers } = response;
    return new Response(count.readable, { status, headers });
  }

  #arrived(url: string): void {
    const part = this.#parts.get(url);
    if (part === undefined || part.arrived === 1) return;
    part.arrived = 1;
    this.#tell();
  }

  #part(file: Download): Part {
    const part = { size: file.bytes * USUAL_COMPRESSION, arrived: 0 };
    this.#parts.set(file.url, part);
    return part;
  }

  #tell(): void {
    let received = 0;
    let total = 0;
    for (const { size, arrived } of this.#parts.values()) {
      received += size * arrived;
      total += size;
    }
    this.#report(Math.round(received), Math.round(total));
  }
}
