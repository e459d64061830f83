/** A WebAssembly module that needs SIMD: `(func (result v128) (i32x4.splat (i32.const 0)))`. */
const WITH_SIMD = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 65, 0, 253, 17, 11],
]);

/**
 * Return what this browser lacks to run Python, null if nothing. Browsers that pack streams without a
 * header know workers that are modules, too; asking for those would load something.
 */
export function missingCapability(): string | null {
  if (typeof WebAssembly !== "object") return "WebAssembly";
  if (!WebAssembly.validate(WITH_SIMD)) return "WebAssembly with SIMD";
  if (typeof Worker !== "function") return "web workers";
  return packsRaw() ? null : "raw compression streams";
}

function packsRaw(): boolean {
  try {
    return new CompressionStream("deflate-raw").readable !== undefined;
  } catch {
    return false;
  }
}
