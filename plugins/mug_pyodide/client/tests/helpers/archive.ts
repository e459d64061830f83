/** Return a ZIP archive of texts by name, stored as they are, as the server packs them. */
export function archiveOf(texts: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const heads: number[] = [];
  const entries: number[] = [];
  const short = (number: number): number[] => [number & 255, number >> 8];
  const long = (number: number): number[] => [
    ...short(number & 0xffff),
    ...short(Math.floor(number / 0x10000)),
  ];
  for (const [name, text] of Object.entries(texts)) {
    const [called, content] = [encoder.encode(name), encoder.encode(text)];
    const common = [...short(20), ...short(0), ...short(0), ...long(0), ...long(0)];
    const sizes = [...long(content.length), ...long(content.length), ...short(called.length)];
    const begin = heads.length;
    heads.push(...long(0x04034b50), ...common, ...sizes, ...short(0), ...called, ...content);
    entries.push(...long(0x02014b50), ...short(20), ...common, ...sizes, ...short(0), ...short(0));
    entries.push(...short(0), ...short(0), ...long(0), ...long(begin), ...called);
  }
  const count = Object.keys(texts).length;
  const end = [...long(0x06054b50), ...short(0), ...short(0), ...short(count), ...short(count)];
  end.push(...long(entries.length), ...long(heads.length), ...short(0));
  return new Uint8Array([...heads, ...entries, ...end]);
}
