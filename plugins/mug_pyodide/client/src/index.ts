import type { Client } from "@mug/client";
import { BrowserGame } from "./browser_game.js";
import { IndexedDbShelf } from "./indexed_db_shelf.js";
import { Leftovers } from "./leftovers.js";
import { readManifest, type WireManifest } from "./manifest.js";
import type { WorkerLike } from "./port.js";
import { Standby } from "./standby.js";

const MANIFEST = "./-/pyodide/manifest.json";

export default {
  name: "mug_pyodide",
  setup(client: Client): void {
    const owner = [client.base.pathname, client.participant].join(" ").trim();
    const shelf = new IndexedDbShelf(`mug ${owner}`);
    const left = (games: number): void => client.unsent("games of earlier pages", games);
    // Until it is known: an ending waits for them.
    left(1);
    const leftovers = new Leftovers(shelf, (game, message) => client.send(game, message), left);
    const standby = new Standby(
      async () => {
        const response = await fetch(new URL(MANIFEST, client.base));
        if (!response.ok) throw new Error(`status ${response.status}`);
        return readManifest((await response.json()) as WireManifest, client.base);
      },
      (url) => new Worker(url, { type: "module" }) as unknown as WorkerLike,
    );
    // While the page connects; an ending needs none of it.
    void standby.begin();
    client.runtime("pyodide", (host) => {
      leftovers.leaveAlone(host.game);
      return new BrowserGame(host, { standby, shelf });
    });
    let first = true;
    client.observe({
      scene({ kind }) {
        if (first && kind === "end") standby.dismiss();
        if (first) void leftovers.begin();
        first = false;
      },
      connection(there) {
        if (there) leftovers.awake();
      },
    });
  },
};
