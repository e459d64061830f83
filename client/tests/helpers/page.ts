import { vi } from "vitest";
import type { SceneView } from "../../src/protocol.js";
import type { SceneContext } from "../../src/scene.js";

/** Make the page look visible or hidden, and say so. */
export function setVisible(visible: boolean): void {
  Object.defineProperty(document, "visibilityState", {
    configurable: true,
    value: visible ? "visible" : "hidden",
  });
  document.dispatchEvent(new Event("visibilitychange"));
}

/** A scene as the server describes it. */
export function sceneView(fields: Partial<SceneView> = {}): SceneView {
  return {
    visit: 1,
    scene_id: "one",
    kind: "static",
    page: {},
    answers: {},
    progress: null,
    ...fields,
  };
}

/** A context on the page whose calls can be looked at. */
export function sceneContext(fields: Partial<SceneView> = {}) {
  const root = document.createElement("section");
  document.body.replaceChildren(root);
  return {
    scene: sceneView(fields),
    root,
    advance: vi.fn<SceneContext["advance"]>(),
    draft: vi.fn<SceneContext["draft"]>(),
    leave: vi.fn<SceneContext["leave"]>(),
    ready: vi.fn<SceneContext["ready"]>(),
    announce: vi.fn<SceneContext["announce"]>(),
  };
}

/** The one element that a selector finds. */
export function find<E extends HTMLElement = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): E {
  const element = root.querySelector<E>(selector);
  if (element === null) throw new Error(`nothing matches ${selector}`);
  return element;
}

/** The element with a test id. */
export function byTestId<E extends HTMLElement = HTMLElement>(id: string): E {
  return find<E>(`[data-testid="${id}"]`);
}
