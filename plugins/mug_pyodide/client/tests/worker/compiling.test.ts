// @vitest-environment node
import { expect, it } from "vitest";
import { compileAhead, useCompiled } from "../../src/worker/compiling.js";

/** `(module (func (export "answer") (result i32) (i32.const 42)))` */
const ANSWER = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0],
  ...[7, 10, 1, 6, 97, 110, 115, 119, 101, 114, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11],
]);
const wasm = (): Response =>
  new Response(ANSWER, { headers: { "Content-Type": "application/wasm" } });

async function answer(response: Response): Promise<unknown> {
  const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(response), {});
  return (instance.exports["answer"] as () => unknown)();
}

it("compiles once, and lets everything else be compiled as ever", async () => {
  const original = WebAssembly.instantiateStreaming;
  const { stand } = compileAhead(Promise.resolve(wasm()));
  const stop = useCompiled();
  expect(await answer(stand)).toBe(42);
  expect(await answer(wasm())).toBe(42);
  stop();
  expect(WebAssembly.instantiateStreaming).toBe(original);
});

it("says when what it compiles does not arrive", async () => {
  const { done } = compileAhead(Promise.reject(new Error("lost")));
  await expect(done).rejects.toThrow("lost");
});
