declare module "node:zlib" {
  export function inflateRawSync(packed: Uint8Array): { toString(): string };
}
