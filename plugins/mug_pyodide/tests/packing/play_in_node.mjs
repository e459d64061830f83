// node play_in_node.mjs JOB.json
// Unpacks packs into the browser's Python, plays the scene without waiting, and writes down what was recorded.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const { loadPyodide } = await import(pathToFileURL(`${job.runtime}/pyodide.mjs`));
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" } });
const quiet = { messageCallback: () => {}, checkIntegrity: false };
await python.loadPackage(job.wheels, quiet);
const extractDir = python.runPython("import site; site.getsitepackages()[0]");
for (const pack of job.packs) {
  python.unpackArchive(new Uint8Array(await readFile(pack)), "zip", { extractDir });
}
python.FS.writeFile("/scene", new Uint8Array(await readFile(job.scene)));
python.globals.set("job", JSON.stringify(job));
const result = python.runPython(`
import importlib, json, sys
importlib.invalidate_caches()
job = json.loads(job)
for name in job["imports"]:
    importlib.import_module(name)
from mug_pyodide.in_browser.player import Player
player = Player(open("/scene", "rb").read())
for model in job["models"]:
    player.register_model(*model)
player.open(json.dumps(job["setup"]))
now, records, events, huds = 0.0, [], [], []
for _ in range(job["turns"]):
    turn = json.loads(player.turn(now))
    for number, inference in enumerate(turn["infer"]):
        player.answer(number, [([0.0] * 6 + [1.0], [1, 7]) for _ in inference["outputs"]])
    records += turn["records"]
    events += turn["events"]
    huds.append((turn.get("frame") or {}).get("hud"))
    if ["ready", 0] in turn["events"]:
        player.command(now, "start", "")
    if turn["due"] is None or any(event[0] in ("failed", "over") for event in turn["events"]):
        break
    now += max(turn["due"], 0) + 1e-6
json.dumps({"records": records, "events": events, "huds": huds, "python": sys.version_info[:2]})
`);
await writeFile(job.result, result);
process.exit(0);
