/** The value of one property of a draw command. */
export type PropValue = number | string | boolean | readonly number[] | Uint8Array;
export type Props = Readonly<Record<string, PropValue>>;

/** What the numbers mean that stand for a command's type; `mug.rendering.packet` has the same list. */
export const TYPES = [
  "surface",
  "rect",
  "circle",
  "ellipse",
  "line",
  "polygon",
  "text",
  "image",
  "arc",
  "pixels",
] as const;
export type CommandType = (typeof TYPES)[number];

/** One thing on the surface. `props` are complete: everything at its default is filled in. */
export interface Command {
  readonly key: number;
  readonly order: number;
  readonly type: CommandType;
  readonly props: Props;
}

/** What changes a picture: commands that are new or changed, and keys of those that are gone. */
export interface Delta {
  readonly set: readonly Command[];
  readonly removed: readonly number[];
}

/** The bytes of a frame do not follow the format. */
export class MalformedFrame extends Error {}

const COMMON = { depth: 0, alpha: 1, angle: 0, tween: 0 };
const DEFAULTS: Record<CommandType, Props> = {
  surface: {},
  rect: { ...COMMON, border_radius: 0, stroke_width: 1 },
  circle: { ...COMMON, stroke_width: 1 },
  ellipse: { ...COMMON, stroke_width: 1 },
  line: { ...COMMON, width: 1 },
  polygon: { ...COMMON, stroke_width: 1 },
  text: { ...COMMON, align: "left", baseline: "top", stroke_width: 1 },
  image: COMMON,
  arc: { ...COMMON, width: 1, filled: false, stroke_width: 1 },
  pixels: COMMON,
};

/** Read `[set, removed]` as it comes off the wire. */
export function readDelta(set: unknown, removed: unknown): Delta {
  if (!Array.isArray(set) || !Array.isArray(removed)) throw new MalformedFrame("not a delta");
  return { set: set.map(readCommand), removed: removed.map(Number) };
}

function readCommand(raw: unknown): Command {
  if (!Array.isArray(raw)) throw new MalformedFrame("not a command");
  const [key, order, number, props] = raw as [unknown, unknown, unknown, unknown];
  const type = TYPES[Number(number)];
  if (typeof key !== "number" || typeof order !== "number" || type === undefined) {
    throw new MalformedFrame(`not a command: ${String(number)}`);
  }
  if (typeof props !== "object" || props === null)
    throw new MalformedFrame(`a ${type} without props`);
  return { key, order, type, props: { ...DEFAULTS[type], ...props } };
}

/** A numeric property, 0 when it is missing. */
export function number(props: Props, name: string): number {
  const value = props[name];
  return typeof value === "number" ? value : 0;
}

/** A text property, "" when it is missing. */
export function text(props: Props, name: string): string {
  const value = props[name];
  return typeof value === "string" ? value : "";
}

/** A list of coordinates, empty when it is missing. */
export function points(props: Props): readonly number[] {
  const value = props["points"];
  return Array.isArray(value) ? (value as readonly number[]) : [];
}
