import { expect, it } from "vitest";
import { MovingAverage } from "../../src/game/average.js";

it("is the mean of the last values, and nothing before the first", () => {
  const average = new MovingAverage();
  expect(average.value).toBeNull();
  average.add(1);
  average.add(2);
  expect(average.value).toBe(1.5);
  for (let count = 0; count < 200; count++) average.add(7);
  expect(average.value).toBe(7);
});
