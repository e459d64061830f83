/** A file to fetch; `integrity` is checked by the browser. */
export interface Download {
  readonly url: string;
  /** Before compression. */
  readonly bytes: number;
  readonly integrity: string | null;
}

/** A network in ONNX's format, by the name under which policies know it. */
export interface ModelFile extends Download {
  readonly name: string;
}

/** Python for the browser. */
export interface RuntimeFiles {
  /** Where its files are; ends with a slash. */
  readonly base: string;
  /** Bytes before compression, by file name. */
  readonly files: Readonly<Record<string, number>>;
  readonly lock: string;
}

/** What one scene's environment needs. */
export interface SceneFiles {
  readonly sceneId: string;
  /** Archives to unpack among the installed packages. */
  readonly packs: readonly Download[];
  /** Archives that are fetched only when something in them is imported. */
  readonly lazy: readonly Download[];
  /** The scene itself, as Python unpacks it. */
  readonly scene: Download;
  readonly models: readonly ModelFile[];
  /** Packages of Pyodide's own. */
  readonly packages: readonly string[];
  /** Modules to import ahead. */
  readonly imports: readonly string[];
}

/** Everything that the server has for environments in the browser; scenes come in the experiment's order. */
export interface Manifest {
  readonly runtime: RuntimeFiles;
  readonly worker: string;
  readonly scenes: readonly SceneFiles[];
}

interface WireFile {
  readonly url: string;
  readonly bytes: number;
  readonly integrity: string;
}

/** The manifest as the server writes it. */
export interface WireManifest {
  readonly runtime: RuntimeFiles;
  readonly worker: string;
  readonly scenes: readonly {
    readonly scene_id: string;
    readonly packs: readonly WireFile[];
    readonly lazy: readonly WireFile[];
    readonly scene: WireFile;
    readonly models: readonly (WireFile & { readonly name: string })[];
    readonly packages: readonly string[];
    readonly imports: readonly string[];
  }[];
}

/** Make every address in a manifest absolute; they are relative to the page's. */
export function readManifest(wire: WireManifest, base: URL): Manifest {
  const at = (url: string): string => new URL(url, base).href;
  const file = <F extends WireFile>(one: F): F => ({ ...one, url: at(one.url) });
  return {
    runtime: { ...wire.runtime, base: at(wire.runtime.base) },
    worker: at(wire.worker),
    scenes: wire.scenes.map((scene) => ({
      sceneId: scene.scene_id,
      packs: scene.packs.map(file),
      lazy: scene.lazy.map(file),
      scene: file(scene.scene),
      models: scene.models.map(file),
      packages: scene.packages,
      imports: scene.imports,
    })),
  };
}
