import type { GameHost, GameRuntime } from "@mug/client";
import { readFrame } from "./frame.js";

/** The environment is stepped on the server: send what the participant does, show what comes back. */
export function serverRuntime(host: GameHost): GameRuntime {
  let complete = false;
  return {
    frame(bytes) {
      const { delta, full, hud, ack, episode, frame, step } = readFrame(bytes);
      host.acknowledged(ack);
      if (full) complete = true;
      // a delta says nothing about a picture that was never seen whole; the full one is on its way
      if (delta !== null && complete) host.draw(delta, full);
      if (hud !== null) host.hud(hud);
      host.tick({ frame, confirmedFrame: frame, episode, step });
    },
    input: (input) => host.sendInput(input),
    stop: () => {},
  };
}
