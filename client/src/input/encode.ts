import { NO_ACTION } from "../protocol.js";

/** Something a player did; `action` is an index into the game's action table, null for none. */
export interface PlayerInput {
  readonly kind: "held" | "event" | "pointer";
  readonly seq: number;
  readonly action: number | null;
  readonly x?: number;
  readonly y?: number;
}

const KINDS = { held: 1, event: 2, pointer: 3 } as const;
const BASE_BYTES = 7;
const POINTER_BYTES = 15;

/** Write an input as the binary message that `mug.core.protocol.parse_input` reads. */
export function encodeInput(input: PlayerInput): Uint8Array {
  const bytes = new Uint8Array(input.kind === "pointer" ? POINTER_BYTES : BASE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KINDS[input.kind]);
  view.setUint32(1, input.seq, true);
  view.setUint16(5, input.action ?? NO_ACTION, true);
  if (input.kind === "pointer") {
    view.setFloat32(7, input.x ?? 0, true);
    view.setFloat32(11, input.y ?? 0, true);
  }
  return bytes;
}
