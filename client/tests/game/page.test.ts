import { describe, expect, it } from "vitest";
import { readGamePage } from "../../src/game/page.js";

const BASE = new URL("https://lab.test/exp/");

describe("readGamePage", () => {
  it("reads what the server says, with pictures below the page's address", () => {
    const page = readGamePage(
      {
        seat: "player_0",
        runtime: "server",
        width: 500,
        height: 400,
        background: "#ffffff",
        fps: 15,
        inputMode: "key_down",
        bindings: [{ codes: ["ArrowUp"], action: 2 }],
        pointer: [
          { event: "down", action: 3 },
          { event: "move", action: 4 },
        ],
        buttons: [{ label: "↑", codes: ["ArrowUp"] }],
        touchControls: true,
        assets: [
          { kind: "image", name: "a", url: "./-/assets/game/a.png" },
          {
            kind: "atlas",
            name: "b",
            image: "./-/assets/game/b.png",
            data: "./-/assets/game/b.json",
          },
        ],
        header: "H",
        body: "B",
        inGameBody: "I",
        frames: "websocket",
      },
      BASE,
    );
    expect(page).toMatchObject({
      seat: "player_0",
      runtime: "server",
      width: 500,
      height: 400,
      fps: 15,
      inputMode: "key_down",
      bindings: [{ codes: ["ArrowUp"], action: 2 }],
      pointer: [
        { event: "down", action: 3 },
        { event: "move", action: 4 },
      ],
      buttons: [{ label: "↑", codes: ["ArrowUp"] }],
      touchControls: true,
      assets: [
        { kind: "image", name: "a", url: "https://lab.test/exp/-/assets/game/a.png", data: null },
        {
          kind: "atlas",
          name: "b",
          url: "https://lab.test/exp/-/assets/game/b.png",
          data: "https://lab.test/exp/-/assets/game/b.json",
        },
      ],
      inGameBody: "I",
    });
    expect(page.raw["frames"]).toBe("websocket");
  });

  it("can be played with nothing but a runtime", () => {
    expect(readGamePage({ runtime: "server" }, BASE)).toMatchObject({
      width: 600,
      height: 400,
      fps: 30,
      inputMode: "pressed_keys",
      bindings: [],
      pointer: [],
      buttons: [],
      touchControls: "auto",
      assets: [],
    });
  });
});
