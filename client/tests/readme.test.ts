import { expect, it, vi } from "vitest";
import readme from "../README.md?raw";
import type { Client } from "../src/client.js";
import type { SceneFactory } from "../src/scene.js";
import { byTestId, sceneContext } from "./helpers/page.js";
import plugin from "./readme_example.js";
import code from "./readme_example.ts?raw";

it("the documented plugin is one that works", () => {
  expect(readme).toContain("```ts\n" + code + "```");
  const scene = vi.fn<(kind: string, view: SceneFactory) => void>();
  plugin.setup({ scene } as unknown as Client);
  const [kind, view] = scene.mock.calls[0]!;
  expect(kind).toBe("stars");
  const context = sceneContext({ kind });
  view(context);
  byTestId("advance").click();
  expect(context.advance).toHaveBeenCalledWith({ stars: 1 });
});
