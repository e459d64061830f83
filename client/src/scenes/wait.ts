import type { LobbyView, ReadyCheck } from "../protocol.js";
import type { MountedScene, SceneContext } from "../scene.js";
import { Heading } from "./heading.js";
import { LobbyPanel } from "./lobby.js";

/** The researcher's page for waiting, with the state of the waiting room below it. */
export function waitScene(context: SceneContext): MountedScene {
  const heading = new Heading(context.scene.page);
  const lobby = new LobbyPanel(context);
  context.root.append(...heading.elements.filter((element) => element !== null), lobby.element);
  return {
    lobby: (view: LobbyView) => lobby.update(view),
    readyCheck: (check: ReadyCheck) => lobby.readyCheck(check),
    destroy: () => {
      lobby.destroy();
      heading.destroy();
    },
  };
}
