// What a stock Pyodide does up to the first step of the same game: source files, nothing prepared.
import { loadPyodide } from "./pyodide.mjs";

const GYMNASIUM_NEEDS = `
import sys, types
module = types.ModuleType("_multiprocessing")
module.SemLock = type("SemLock", (), {"SEM_VALUE_MAX": 2**31 - 1})
module.sem_unlink = lambda name: None
module.flags = {}
sys.modules["_multiprocessing"] = module
`;
const stages = {};
let since = performance.now();
const done = (stage) => {
  const now = performance.now();
  stages[stage] = now - since;
  since = now;
};

async function start() {
  const game = await (await fetch("./game.json")).json();
  const files = [...game.archives, game.scene].map(async (name) =>
    (await fetch(`./${name}`)).arrayBuffer(),
  );
  const python = await loadPyodide();
  done("python");
  await python.loadPackage(game.packages, { messageCallback() {} });
  done("packages");
  const [scene, ...archives] = (await Promise.all(files)).reverse();
  const extractDir = python.runPython("import site; site.getsitepackages()[0]");
  for (const archive of archives) python.unpackArchive(archive, "zip", { extractDir });
  python.runPython("import importlib; importlib.invalidate_caches()");
  python.runPython(GYMNASIUM_NEEDS);
  done("unpack");
  const { Player } = python.pyimport("mug_pyodide.in_browser.player");
  for (const name of game.imports) python.pyimport(name).destroy();
  done("imports");
  const bytes = python.pyimport("builtins").bytes(python.toPy(new Uint8Array(scene)));
  if (game.measure) {
    const { load_scene } = python.pyimport("mug_pyodide.in_browser.scene");
    python.runPython(game.measure);
    postMessage({ measured: JSON.parse(python.globals.get("measure_json")(load_scene(bytes))) });
    return;
  }
  const player = Player(bytes);
  player.open(JSON.stringify(game.setup));
  done("scene");
  play(player, false);
}

function play(player, started) {
  const now = () => performance.now() / 1000;
  const turn = JSON.parse(player.turn(now()));
  if (!started && turn.events.some(([name]) => name === "ready")) {
    player.command(now(), "start", "");
    play(player, true);
  } else if (turn.frame && turn.frame.step >= 1) {
    done("play");
    postMessage({ stages });
  } else {
    setTimeout(play, (turn.due ?? 0) * 1000, player, started);
  }
}

start().catch((error) => postMessage({ failed: String(error) }));
