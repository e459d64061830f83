import { isRecord } from "../net/messages.js";

/** Where one frame of an atlas lies in the picture, and how it sits in its own box. */
export interface AtlasFrame {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** The frame's box before transparent edges were cut off, and where the rest lies in it. */
  readonly box: { readonly w: number; readonly h: number; readonly x: number; readonly y: number };
  /** Stored turned by 90 degrees clockwise. */
  readonly rotated: boolean;
}

export type Atlas = ReadonlyMap<string, AtlasFrame>;

/**
 * Read an atlas's table: frame names to rectangles, or the JSON that TexturePacker and Phaser write
 * (frames as a hash or as an array, in one texture). Frames can also be named by their position.
 */
export function readAtlas(data: unknown): Atlas {
  const atlas = new Map<string, AtlasFrame>();
  for (const [name, entry] of entries(data)) {
    const frame = readFrame(entry);
    if (frame === null) continue;
    if (!atlas.has(name)) atlas.set(name, frame);
  }
  [...atlas.values()].forEach((frame, index) => {
    if (!atlas.has(String(index))) atlas.set(String(index), frame);
  });
  return atlas;
}

function entries(data: unknown): [string, unknown][] {
  if (Array.isArray(data)) {
    return data.map((entry: unknown, index) => [frameName(entry, index), entry]);
  }
  if (!isRecord(data)) return [];
  const textures = data["textures"];
  if (Array.isArray(textures) && isRecord(textures[0])) return entries(textures[0]["frames"]);
  const frames = data["frames"];
  if (Array.isArray(frames) || (isRecord(frames) && readFrame(frames) === null))
    return entries(frames);
  return Object.entries(data);
}

function frameName(entry: unknown, index: number): string {
  const name = isRecord(entry) ? entry["filename"] : undefined;
  return typeof name === "string" ? name : String(index);
}

function readFrame(entry: unknown): AtlasFrame | null {
  if (Array.isArray(entry)) return plainFrame(numbers(entry));
  if (!isRecord(entry)) return null;
  const rectangle = isRecord(entry["frame"]) ? entry["frame"] : entry;
  const frame = plainFrame(rectangleOf(rectangle));
  if (frame === null) return null;
  const cut = isRecord(entry["spriteSourceSize"]) ? rectangleOf(entry["spriteSourceSize"]) : [];
  const source = isRecord(entry["sourceSize"]) ? rectangleOf(entry["sourceSize"]) : [];
  return {
    ...frame,
    rotated: entry["rotated"] === true,
    box: { x: cut[0] ?? 0, y: cut[1] ?? 0, w: source[2] ?? frame.w, h: source[3] ?? frame.h },
  };
}

function rectangleOf(entry: Record<string, unknown>): (number | undefined)[] {
  return [entry["x"], entry["y"], entry["w"] ?? entry["width"], entry["h"] ?? entry["height"]].map(
    (value) => (typeof value === "number" ? value : undefined),
  );
}

function numbers(values: unknown[]): (number | undefined)[] {
  return values.map((value) => (typeof value === "number" ? value : undefined));
}

function plainFrame([x, y, w, h]: (number | undefined)[]): AtlasFrame | null {
  if (x === undefined || y === undefined || w === undefined || h === undefined) return null;
  return { x, y, w, h, box: { x: 0, y: 0, w, h }, rotated: false };
}
