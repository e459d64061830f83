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
  readonly missing = new Set<string>();
  readonly #specs: Map<string, AssetSpec>;
  readonly #changed: () => void;
  readonly #stop = new AbortController();
  readonly #received = new Map<AssetSpec, { bytes: number; total: number }>();

  constructor(specs: readonly AssetSpec[], changed: () => void) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#changed = changed;
  }

  /** How much has arrived, from 0 to 1: by bytes where the server says how many there are. */
  get progress(): number {
    if (this.#specs.size === 0) return 1;
    let sum = 0;
    for (const spec of this.#specs.values()) {
      const part = this.#received.get(spec);
      if (this.loaded.has(spec.name) || this.missing.has(spec.name)) sum += 1;
      else if (part !== undefined && part.total > 0) sum += Math.min(0.99, part.bytes / part.total);
    }
    return sum / this.#specs.size;
  }

  get done(): boolean {
    return this.loaded.size + this.missing.size >= this.#specs.size;
  }

  /** Load everything; resolves when nothing more will come. */
  async load(): Promise<void> {
    await Promise.all([...this.#specs.values()].map((spec) => this.#load(spec)));
  }

  /**
   * Load these as well, as far as they are new, mean another picture than before, or were missing. The
   * picture that a name meant before stays until the new one is there.
   */
  async add(specs: readonly AssetSpec[]): Promise<void> {
    const further = specs.filter(
      (spec) => this.missing.delete(spec.name) || !same(spec, this.#specs.get(spec.name)),
    );
    for (const spec of further) this.#specs.set(spec.name, spec);
    await Promise.all(further.map((spec) => this.#load(spec)));
  }

  /** Stop loading. */
  stop(): void {
    this.#stop.abort();
  }

  async #load(spec: AssetSpec): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        const asset = await this.#fetch(spec);
        if (this.#replaced(spec)) return;
        this.loaded.set(spec.name, asset);
        break;
      } catch (error) {
        if (this.#stop.signal.aborted || this.#replaced(spec)) return;
        if (attempt < TRIES) continue;
        this.loaded.delete(spec.name);
        this.missing.add(spec.name);
        console.error(`mug: the picture '${spec.name}' could not be loaded:`, error);
      }
    }
    this.#changed();
  }

  /** Whether the name means another picture by now. */
  #replaced(spec: AssetSpec): boolean {
    return this.#specs.get(spec.name) !== spec;
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
    const blob = await this.#follow(spec, response);
    const picture = new Image();
    const address = URL.createObjectURL(blob);
    picture.src = address;
    await picture.decode().finally(() => URL.revokeObjectURL(address));
    return picture;
  }

  async #follow(spec: AssetSpec, response: Response): Promise<Blob> {
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
      this.#received.set(spec, { bytes, total });
      this.#changed();
    }
  }
}

function same(one: AssetSpec, other: AssetSpec | undefined): boolean {
  return one.url === other?.url && one.data === other.data;
}
