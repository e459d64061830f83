import { describe, expect, it } from "vitest";
import { storedFiles } from "../../src/worker/stored_zip.js";
import { archiveOf } from "../helpers/archive.js";

const TEXTS = { "mug/__init__.py": "x = 1", "mug/empty.py": "", "größe.txt": "ä" };
const ARCHIVE = archiveOf(TEXTS);
const read = (archive: Uint8Array<ArrayBuffer>): Record<string, string> => {
  const files = storedFiles(archive);
  return Object.fromEntries(
    files.map(({ name, content }) => [name, new TextDecoder().decode(content)]),
  );
};

describe("storedFiles", () => {
  it("returns every file of an archive, and no folders", () => {
    expect(read(archiveOf({ ...TEXTS, "mug/": "" }))).toEqual(TEXTS);
    expect(read(archiveOf({}))).toEqual({});
  });

  it("copies nothing", () => {
    const [first] = storedFiles(ARCHIVE);
    expect(first!.content.buffer).toBe(ARCHIVE.buffer);
  });

  it("reads an archive that lies within something else", () => {
    const around = new Uint8Array(ARCHIVE.length + 7);
    around.set(ARCHIVE, 7);
    expect(read(around.subarray(7))).toEqual(TEXTS);
  });

  it("refuses what is cut off", () => {
    expect(() => storedFiles(ARCHIVE.subarray(0, -1))).toThrow("no whole archive");
    expect(() => storedFiles(new Uint8Array(3))).toThrow("no whole archive");
  });

  it("refuses what is compressed", () => {
    const compressed = ARCHIVE.slice();
    const entry = new DataView(compressed.buffer).getUint32(compressed.length - 6, true);
    compressed[entry + 10] = 8;
    expect(() => storedFiles(compressed)).toThrow("mug/__init__.py is compressed");
  });

  it("refuses an archive whose table is not one", () => {
    const damaged = ARCHIVE.slice();
    damaged[new DataView(damaged.buffer).getUint32(damaged.length - 6, true)] = 0;
    expect(() => storedFiles(damaged)).toThrow("damaged");
  });
});
