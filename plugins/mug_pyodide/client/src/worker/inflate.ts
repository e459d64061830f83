/** Unpack raw-deflated bytes. */
export async function inflate(data: Uint8Array): Promise<Uint8Array> {
  const unpacked = new Blob([data as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
