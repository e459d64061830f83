/** One file of an archive. */
export interface StoredFile {
  readonly name: string;
  /** A view of the archive's own bytes. */
  readonly content: Uint8Array<ArrayBuffer>;
}

const [END, ENTRY] = [0x06054b50, 0x02014b50];
const [END_BYTES, ENTRY_BYTES, HEAD_BYTES] = [22, 46, 30];

/**
 * Return the files of a ZIP archive in which nothing is compressed: what brings it compresses it as a whole.
 *
 * @throws Error it is no such archive
 */
export function storedFiles(archive: Uint8Array<ArrayBuffer>): StoredFile[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const text = new TextDecoder();
  const end = archive.byteLength - END_BYTES;
  if (end < 0 || view.getUint32(end, true) !== END) throw new Error("this is no whole archive");
  const files: StoredFile[] = [];
  let entry = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(entry, true) !== ENTRY) throw new Error("this archive is damaged");
    const [named, extra, remark] = [28, 30, 32].map((place) => view.getUint16(entry + place, true));
    const next = entry + ENTRY_BYTES + named! + extra! + remark!;
    const name = text.decode(archive.subarray(entry + ENTRY_BYTES, entry + ENTRY_BYTES + named!));
    if (view.getUint16(entry + 10, true) !== 0) throw new Error(`${name} is compressed`);
    const head = view.getUint32(entry + 42, true);
    const before = view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
    const begin = head + HEAD_BYTES + before;
    const content = archive.subarray(begin, begin + view.getUint32(entry + 24, true));
    if (!name.endsWith("/")) files.push({ name, content });
    entry = next;
  }
  return files;
}
