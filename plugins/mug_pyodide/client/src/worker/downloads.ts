import type { Download } from "../manifest.js";
import { compileAhead } from "./compiling.js";
import type { Courier } from "./courier.js";

/** How much smaller files usually are on their way; what the server says then counts. */
const USUAL_COMPRESSION = 0.3;

interface Part {
  /** Bytes on the network. */
  size: number;
  /** From 0 to 1. */
  arrived: number;
}

/**
 * Fetches files, each once, and counts what comes over the network. WebAssembly counts when it is there:
 * browsers compile it while it arrives, and keep that for later visits, only where nothing else looks at it.
 * So does what has a hash, which browsers hand over only when they have checked it.
 */
export class Downloads {
  readonly #report: (received: number, total: number) => void;
  readonly #cache: RequestCache;
  readonly #parts = new Map<string, Part>();
  readonly #files = new Map<string, Promise<Response | ArrayBuffer>>();
  readonly #observer: PerformanceObserver;
  readonly #later: (() => void)[] = [];
  readonly #courier: Courier | null;
  /** Rejects when something that was begun does not arrive: whoever waits for it may never say so. */
  readonly failure: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  /**
   * @param fresh pass by what the browser has kept
   * @param courier fetches what comes whole; null where the browser has none
   */
  constructor(
    fresh: boolean,
    report: (received: number, total: number) => void,
    courier: Courier | null,
  ) {
    this.#cache = fresh ? "reload" : "default";
    this.#courier = courier;
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
    this.#courier?.close();
  }

  /** Begin to fetch a file, unless that was done before. */
  begin(file: Download): void {
    if (this.#parts.has(file.url)) return;
    const fetched = this.#fetch(file);
    fetched.catch(this.#fail);
    this.#files.set(file.url, fetched);
  }

  /** Begin something when all that was begun before is there: it must not slow that down. */
  later(begin: () => void): void {
    this.#later.push(begin);
    this.#next();
  }

  /** Begin to fetch and to compile WebAssembly. */
  compile(file: Download): void {
    const { stand, done } = compileAhead(this.#fetch(file).then(asResponse));
    done.then(() => this.#arrived(file.url), this.#fail);
    this.#files.set(file.url, Promise.resolve(stand));
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
    return this.#take(url)?.then(asResponse) ?? null;
  }

  /** Return a file's content. */
  async bytes(file: Download): Promise<Uint8Array<ArrayBuffer>> {
    this.begin(file);
    const fetched = await (this.#take(file.url) ?? this.#fetch(file));
    return new Uint8Array(fetched instanceof Response ? await fetched.arrayBuffer() : fetched);
  }

  #take(url: string): Promise<Response | ArrayBuffer> | undefined {
    const file = this.#files.get(url);
    this.#files.delete(url);
    return file;
  }

  async #fetch(file: Download): Promise<Response | ArrayBuffer> {
    const part = this.#part(file);
    const options: RequestInit = { cache: this.#cache };
    if (file.integrity !== null) {
      options.integrity = file.integrity;
      if (this.#courier !== null) return this.#send(this.#courier, file, part, options);
    }
    const response = await fetch(file.url, options);
    if (!response.ok) throw new Error(`${file.url}: status ${response.status}`);
    const length = Number(response.headers.get("Content-Length") ?? 0);
    if (length > 0) part.size = length;
    const whole = file.integrity !== null || file.url.endsWith(".wasm");
    return whole ? response : this.#counted(response, part, file.bytes);
  }

  async #send(
    courier: Courier,
    file: Download,
    part: Part,
    options: RequestInit,
  ): Promise<ArrayBuffer> {
    const { content, length } = await courier.fetch(file.url, options);
    if (length > 0) part.size = length;
    this.#arrived(file.url);
    return content;
  }

  #counted(response: Response, part: Part, bytes: number): Response {
    if (response.body === null) return response;
    let seen = 0;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        seen += chunk.byteLength;
        part.arrived = Math.min(1, seen / bytes);
        this.#tell();
        this.#next();
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
    this.#next();
  }

  #next(): void {
    while (
      this.#later.length > 0 &&
      [...this.#parts.values()].every((part) => part.arrived === 1)
    ) {
      this.#later.shift()!();
    }
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

function asResponse(file: Response | ArrayBuffer): Response {
  return file instanceof Response ? file : new Response(file);
}
