import { inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { deflate, deflateStored, inflate } from "../src/deflate.js";

const TEXTS = ["", "a line", '{"x": "ä€🙂"}\n{"y": 2}', "0123456789".repeat(20_000)];

describe.each(TEXTS)("text number %#", (text) => {
  it("is packed as every other program unpacks it", async () => {
    expect(inflateRawSync(await deflate(text)).toString()).toBe(text);
    expect(inflateRawSync(deflateStored(text)).toString()).toBe(text);
  });

  it("comes back", async () => {
    const back = async (bytes: Uint8Array) => new TextDecoder().decode(await inflate(bytes));
    expect(await back(await deflate(text))).toBe(text);
    expect(await back(deflateStored(text))).toBe(text);
  });
});

it("gets smaller", async () => {
  const text = '{"kind":"step","rewards":{"0":-1.0}}\n'.repeat(100);
  expect((await deflate(text)).byteLength).toBeLessThan(text.length / 10);
});

it("is refused when it is damaged", async () => {
  await expect(inflate(new Uint8Array([255, 255, 255]))).rejects.toThrow();
});
