import { describe, expect, it } from "vitest";
import { GameStats } from "../../src/game/stats.js";

describe("GameStats", () => {
  it("counts ticks, not messages: a tick without news sends none", () => {
    const stats = new GameStats();
    stats.tick({ frame: 0 }, 0);
    stats.tick({ frame: 15 }, 500);
    expect(stats.fps(500)).toBe(30);
  });

  it("looks at the last second only", () => {
    const stats = new GameStats();
    for (let tick = 0; tick <= 60; tick++) stats.tick({ frame: tick }, tick * 10);
    for (let tick = 0; tick <= 30; tick++) stats.tick({ frame: 61 + tick }, 2000 + tick * 100);
    expect(stats.fps(5000)).toBe(10);
  });

  it("is known while the server only gives a sign of life once a second", () => {
    const stats = new GameStats();
    for (let second = 0; second < 4; second++) stats.tick({ frame: second * 15 }, second * 1010);
    expect(stats.fps(3900)).toBeCloseTo(15, 0);
  });

  it("has none before there are two ticks, and when ticks stop", () => {
    const stats = new GameStats();
    expect(stats.fps(0)).toBeNull();
    stats.tick({ frame: 1 }, 0);
    expect(stats.fps(0)).toBeNull();
    stats.tick({ frame: 2 }, 33);
    expect(stats.fps(33)).toBeGreaterThan(0);
    expect(stats.fps(1000)).toBeGreaterThan(0);
    expect(stats.fps(3000)).toBeNull();
  });

  it("has none while a restarted game counts from the beginning", () => {
    const stats = new GameStats();
    stats.tick({ frame: 100 }, 0);
    stats.tick({ frame: 1 }, 33);
    expect(stats.fps(33)).toBeNull();
  });

  it("keeps figures until there are newer ones", () => {
    const stats = new GameStats();
    stats.report({ transport: "websocket" });
    stats.tick({ frame: 3, step: 2 }, 0);
    expect(stats.figures).toMatchObject({
      transport: "websocket",
      frame: 3,
      step: 2,
      stalls: null,
    });
  });
});
