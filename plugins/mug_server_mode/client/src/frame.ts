import { decode } from "@msgpack/msgpack";
import { type Delta, MalformedFrame, readDelta } from "@mug/client";

const HEADER_BYTES = 16;
const TYPES = { delta: 1, full: 2, heartbeat: 3 } as const;
const HAS_HUD = 1;

/** One binary message of the server's: where the game is, and what of the picture changed. */
export interface Frame {
  readonly episode: number;
  readonly frame: number;
  readonly step: number;
  /** The last input of this seat that took effect. */
  readonly ack: number;
  /** Null when the picture stays as it is. */
  readonly delta: Delta | null;
  /** The delta replaces the whole picture. */
  readonly full: boolean;
  /** Null when the text stays as it is. */
  readonly hud: string | null;
}

/**
 * Read a frame. Little endian: type (u8: 1 delta, 2 full, 3 heartbeat), flags (u8: 1 with a HUD text),
 * episode (u16), frame, step, ack (u32 each); then, except in a heartbeat, `[set, removed]` or
 * `[set, removed, hud]` in msgpack.
 */
export function readFrame(bytes: Uint8Array): Frame {
  if (bytes.byteLength < HEADER_BYTES)
    throw new MalformedFrame(`a frame of ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint8(0);
  const header = {
    episode: view.getUint16(2, true),
    frame: view.getUint32(4, true),
    step: view.getUint32(8, true),
    ack: view.getUint32(12, true),
  };
  if (type === TYPES.heartbeat) return { ...header, delta: null, full: false, hud: null };
  if (type !== TYPES.delta && type !== TYPES.full)
    throw new MalformedFrame(`a frame of type ${type}`);
  const body = decode(bytes.subarray(HEADER_BYTES));
  if (!Array.isArray(body)) throw new MalformedFrame("a frame without a delta");
  const [set, removed, hud] = body as unknown[];
  const hasHud = (view.getUint8(1) & HAS_HUD) !== 0;
  return {
    ...header,
    delta: readDelta(set, removed),
    full: type === TYPES.full,
    hud: hasHud && typeof hud === "string" ? hud : null,
  };
}
