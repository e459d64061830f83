import { type Delta, readDelta } from "@mug/client";
import type { FrameView } from "./turn.js";

/** Read what of a picture changed; null when nothing did. */
export function readPicture(frame: FrameView): Delta | null {
  if (frame.kind === "beat") return null;
  return readDelta((frame.set ?? []).map(withBytes), frame.removed ?? []);
}

/** A picture inside the picture comes as Base64 text, and is drawn from bytes. */
function withBytes(command: unknown): unknown {
  if (!Array.isArray(command)) return command;
  const [key, order, type, props] = command as [unknown, unknown, unknown, unknown];
  if (typeof props !== "object" || props === null || !("png" in props)) return command;
  return [key, order, type, { ...props, png: decode(String(props.png)) }];
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
