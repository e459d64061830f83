const LONGEST_BLOCK = 0xffff;

/** Pack text as raw-deflated UTF-8. */
export function deflate(text: string): Promise<Uint8Array> {
  return through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
}

/** Unpack raw-deflated bytes. */
export function inflate(packed: Uint8Array): Promise<Uint8Array> {
  return through(new DecompressionStream("deflate-raw"), packed);
}

/** The same without making it smaller, but at once: for a page that is about to be gone. */
export function deflateStored(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const blocks = Math.max(1, Math.ceil(bytes.length / LONGEST_BLOCK));
  const packed = new Uint8Array(bytes.length + 5 * blocks);
  const view = new DataView(packed.buffer);
  for (let block = 0, at = 0; block < blocks; block++) {
    const part = bytes.subarray(block * LONGEST_BLOCK, (block + 1) * LONGEST_BLOCK);
    view.setUint8(at, block === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, part.length ^ 0xffff, true);
    packed.set(part, at + 5);
    at += 5 + part.length;
  }
  return packed;
}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
  // what is wrong with the bytes is told by the other end
  written.catch(() => {});
  const parts: Uint8Array[] = [];
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
