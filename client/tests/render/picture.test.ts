import { describe, expect, it } from "vitest";
import { type Command, type Delta, type Props, readDelta } from "../../src/render/commands.js";
import { Picture } from "../../src/render/picture.js";

const SURFACE = [0, -(2 ** 31), 0, { width: 100, height: 80 }];

function drawn(picture: Picture, now = 0): { commands: [Command, Props][]; moving: boolean } {
  const commands: [Command, Props][] = [];
  const moving = picture.visit(now, (command, props) => commands.push([command, props]));
  return { commands, moving };
}

const keys = (picture: Picture): number[] =>
  drawn(picture).commands.map(([command]) => command.key);
const x = (picture: Picture, now: number): unknown => drawn(picture, now).commands[0]![1]["x"];

function rect(key: number, props: Record<string, unknown> = {}, order = key): unknown[] {
  return [key, order, 1, { x: 0, y: 0, w: 1, h: 1, color: "#000000", ...props }];
}

describe("Picture", () => {
  it("draws by depth, then by order", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { depth: 2 }), rect(2, {}, 9), rect(3, {}, 4)], []), true, 0);
    expect(keys(picture)).toEqual([3, 2, 1]);
  });

  it("takes its size from the surface and does not draw it", () => {
    const picture = new Picture();
    picture.apply(readDelta([SURFACE, rect(1)], []), true, 0);
    expect([picture.width, picture.height]).toEqual([100, 80]);
    expect(keys(picture)).toEqual([1]);
  });

  it("forgets everything with a full frame, what is removed with a delta", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1), rect(2)], []), true, 0);
    picture.apply(readDelta([rect(3)], [1, 77]), false, 0);
    expect(keys(picture)).toEqual([2, 3]);
    picture.apply(readDelta([rect(4)], []), true, 0);
    expect(keys(picture)).toEqual([4]);
  });

  it("moves a changed command in its time, and no longer", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { x: 0 })], []), true, 0);
    picture.apply(readDelta([rect(1, { x: 10, tween: 100 })], []), false, 1000);
    expect([x(picture, 1000), x(picture, 1050), x(picture, 1100)]).toEqual([0, 5, 10]);
    expect(drawn(picture, 1100).moving).toBe(false);
  });

  it("says that something moves until it has been drawn at its place", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { x: 0 })], []), true, 0);
    expect(drawn(picture, 0).moving).toBe(false);
    picture.apply(readDelta([rect(1, { x: 10, tween: 100 })], []), false, 0);
    expect(drawn(picture, 50).moving).toBe(true);
    expect(drawn(picture, 100)).toMatchObject({ moving: false, commands: [[{}, { x: 10 }]] });
  });

  it("moves on from where a command is, when it changes on its way", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { x: 0 })], []), true, 0);
    picture.apply(readDelta([rect(1, { x: 10, tween: 100 })], []), false, 0);
    picture.apply(readDelta([rect(1, { x: 0, tween: 100 })], []), false, 50);
    expect([x(picture, 50), x(picture, 100), x(picture, 150)]).toEqual([5, 2.5, 0]);
  });

  it("shows at once what is new, what does not tween, and what became another thing", () => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { x: 7, tween: 100 })], []), false, 0);
    expect(x(picture, 0)).toBe(7);
    picture.apply(readDelta([rect(1, { x: 9 })], []), false, 0);
    expect(x(picture, 0)).toBe(9);
    picture.apply(readDelta([[1, 1, 2, { x: 1, y: 1, radius: 1, tween: 100 }]], []), false, 0);
    expect(x(picture, 0)).toBe(1);
  });
});

/** Numbers that look random and are the same in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("any sequence of deltas", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "leaves the same picture as a full frame of the last state (seed %i)",
    (seed) => {
      const random = generator(seed);
      const model = new Map<number, unknown[]>();
      const followed = new Picture();
      for (let frame = 0; frame < 25; frame++) {
        const changed = new Map<number, unknown[]>();
        const removed: number[] = [];
        for (let change = 0; change < 4; change++) {
          const key = 1 + random(8);
          if (random(3) === 0 && model.has(key) && !changed.has(key)) {
            model.delete(key);
            removed.push(key);
          } else if (!removed.includes(key)) {
            const type = 1 + random(4);
            const props = { x: random(50), depth: random(3), tween: random(2) * 90, w: random(9) };
            const command = [key, random(20) * 8 + key, type, props];
            model.set(key, command);
            changed.set(key, command);
          }
        }
        followed.apply(readDelta([...changed.values()], removed), false, frame * 33);
      }
      const whole = new Picture();
      const delta: Delta = readDelta([...model.values()], []);
      whole.apply(delta, true, 0);
      const settled = 1e9;
      expect(drawn(followed, settled).commands).toEqual(drawn(whole, settled).commands);
      expect(drawn(followed, settled).moving).toBe(false);
    },
  );
});

describe("Picture, after something was shown in a wrong place", () => {
  const shownAt = (at: number): Picture => {
    const picture = new Picture();
    picture.apply(readDelta([rect(1, { x: at })], []), true, 0);
    return picture;
  };

  it("lets it glide to the right one in its time, and no longer", () => {
    const picture = shownAt(40);
    picture.apply(readDelta([rect(1, { x: 0 })], []), false, 1000, 100);
    expect([x(picture, 1000), x(picture, 1050), x(picture, 1100)]).toEqual([40, 10, 0]);
    expect(drawn(picture, 1100).moving).toBe(false);
  });

  it("lets it follow where the thing goes meanwhile", () => {
    const picture = shownAt(40);
    picture.apply(readDelta([rect(1, { x: 0 })], []), false, 1000, 100);
    picture.apply(readDelta([rect(1, { x: 8 })], []), false, 1050);
    expect([x(picture, 1050), x(picture, 1100)]).toEqual([18, 8]);
  });

  it("shows at once what is new, and what is not a matter of places", () => {
    const picture = shownAt(40);
    const changed = [rect(1, { x: 40, w: 9 }), rect(2, { x: 3 })];
    picture.apply(readDelta(changed, []), false, 1000, 100);
    const { commands, moving } = drawn(picture, 1000);
    expect(commands.map(([, props]) => [props["x"], props["w"]])).toEqual([
      [40, 9],
      [3, 1],
    ]);
    expect(moving).toBe(false);
  });
});
