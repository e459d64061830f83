import { type Delta, type GameHost, readDelta } from "@mug/client";
import type { FrameView } from "./turn.js";

/** Read what of a picture changed; null when nothing did. */
export function readPicture(frame: FrameView): Delta | null {
  if (frame.kind === "beat") return null;
  return readDelta((frame.set ?? []).map(withBytes), frame.removed ?? []);
}

/** Show what Python drew, and count its tick. */
export function showFrame(frame: FrameView, host: GameHost): void {
  host.acknowledged(frame.ack);
  const picture = readPicture(frame);
  if (picture !== null) host.draw(picture, frame.kind === "full");
  if (typeof frame.hud === "string") host.hud(frame.hud);
  const { frame: number, episode, step } = frame;
  host.tick({ frame: number, confirmedFrame: number, episode, step });
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
