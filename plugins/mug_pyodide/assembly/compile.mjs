// node compile.mjs PYODIDE IN.zip OUT.zip
// Compiles sources with the very Pyodide that will run them. IN.zip holds `manifest.json`, a list of
// {key, name, docstrings}, and each source as `key`; OUT.zip gets the bytecode of each as `key`, or an empty
// file where a source is no Python. Prints how many are done, a number a line.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, sources, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
python.FS.writeFile("/sources.zip", await readFile(sources));
python.globals.set("report", (done) => console.log(done));
await python.runPythonAsync(await readFile(new URL("compile_sources.py", import.meta.url), "utf8"));
await writeFile(target, python.FS.readFile("/bytecode.zip"));
process.exit(0);
