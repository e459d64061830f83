// Bundles the page into mug/static and every plugin's client into that plugin's package.
import { build, context } from "esbuild";
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const watch = process.argv.includes("--watch");
const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "linked" : false,
  legalComments: "none",
  logLevel: "warning",
  loader: { ".css": "text" },
};

async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A plugin's page module; if it has them, its web worker's script, and what is fetched only when needed. */
const PLUGIN_SCRIPTS = {
  "index.ts": "client.js",
  "worker.ts": "worker.js",
  "later.ts": "later.js",
};

/** What the server sends in place of a file to browsers that take it, by the ending of its name. */
const COMPRESSED = { ".br": promisify(brotliCompress), ".gz": promisify(gzip) };

async function compress(file) {
  const content = await readFile(file);
  for (const [ending, compressed] of Object.entries(COMPRESSED)) {
    await writeFile(file + ending, await compressed(content));
  }
}

async function pluginBuilds() {
  const plugins = join(root, "plugins");
  const builds = [];
  for (const name of await readdir(plugins)) {
    for (const [source, script] of Object.entries(PLUGIN_SCRIPTS)) {
      const entry = join(plugins, name, "client", "src", source);
      if (await exists(entry)) {
        builds.push({
          ...shared,
          // others' licenses ask for their notices
          legalComments: "eof",
          entryPoints: [entry],
          outfile: join(plugins, name, name, "static", script),
        });
      }
    }
  }
  return builds;
}

const out = join(root, "mug", "static");
await mkdir(out, { recursive: true });
for (const file of await readdir(join(here, "public"))) {
  await copyFile(join(here, "public", file), join(out, file));
  if (file.endsWith(".css")) await compress(join(out, file));
}
const builds = [
  { ...shared, entryPoints: [join(here, "src", "main.ts")], outfile: join(out, "client.js") },
  ...(await pluginBuilds()),
];
for (const options of builds) {
  if (watch) await (await context(options)).watch();
  else {
    await build(options);
    await compress(options.outfile);
  }
}
