import type { AssetSpec } from "../game/page.js";
import { type Atlas, readAtlas } from "./atlas.js";

const TRIES = 3;

/** A picture that can be drawn. */
export interface LoadedAsset {
  readonly picture: HTMLImageElement;
  readonly atlas: Atlas | null;
}

export type Assets = ReadonlyMap<string, LoadedAsset>;

/** Loads the pictures of a game, counting what has arrived. */
export class AssetLoader {
  readonly loaded = new Map<string, LoadedAsset>();
  /** Names of what could not be loaded, even after several tries. */
  readonly missing: string[] = [];
  readonly #specs: readonly AssetSpec[];
  readonly #changed: () => void;
  readonly #stop = new AbortController();
  readonly #received = new Map<string, { bytes: number; total: number }>();

  constructor(specs: readonly AssetSpec[], changed: () => void) {
    this.#specs = specs;
    this.#changed = changed;
  }

  /** How much has arrived, from 0 to 1: by bytes where the server says how many there are. */
  get progress(): number {
    if (this.#specs.length === 0) return 1;
    let sum = 0;
    for (const spec of this.#specs) {
      const part = this.#received.get(spec.name);
      if (this.loaded.has(spec.name) || this.missing.includes(spec.name)) sum += 1;
      else if (part !== undefined && part.total > 0) sum += Math.min(0.99, part.bytes / part.total);
    }
    return sum / this.#specs.length;
  }

  get done(): boolean {
    return this.loaded.size + this.missing.length >= this.#specs.length;
  }

  /** Load everything; resolves when nothing more will come. */
  async load(): Promise<void> {
    await Promise.all(this.#specs.map((spec) => this.#load(spec)));
  }

  /** Stop loading. */
  stop(): void {
    this.#stop.abort();
  }

  async #load(spec: AssetSpec): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        this.loaded.set(spec.name, await this.#fetch(spec));
        break;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (attempt < TRIES) continue;
        this.missing.push(spec.name);
        console.error(`mug: the picture '${spec.name}' could not be loaded:`, error);
      }
    }
    this.#changed();
  }

  async #fetch(spec: AssetSpec): Promise<LoadedAsset> {
    const [picture, atlas] = await Promise.all([
      this.#picture(spec),
      spec.data === null ? null : this.#get(spec.data).then((response) => response.json()),
    ]);
    return { picture, atlas: atlas === null ? null : readAtlas(atlas) };
  }

  async #get(url: string): Promise<Response> {
    const response = await fetch(url, { signal: this.#stop.signal });
    if (!response.ok) throw new Error(`${url}: status ${response.status}`);
    return response;
  }

  async #picture(spec: AssetSpec): Promise<HTMLImageElement> {
    const response = await this.#get(spec.url);
    const blob = await this.#follow(spec.name, response);
    const picture = new Image();
    const address = URL.createObjectURL(blob);
    picture.src = address;
    await picture.decode().finally(() => URL.revokeObjectURL(address));
    return picture;
  }

  async #follow(name: string, response: Response): Promise<Blob> {
    const total = Number(response.headers.get("Content-Length") ?? 0);
    const type = response.headers.get("Content-Type") ?? "";
    const parts: BlobPart[] = [];
    let bytes = 0;
    const reader = response.body?.getReader();
    if (reader === undefined) return response.blob();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts, { type });
      parts.push(value);
      bytes += value.byteLength;
      this.#received.set(name, { bytes, total });
      this.#changed();
    }
  }
}
