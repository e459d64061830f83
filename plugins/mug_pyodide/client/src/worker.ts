import type { FromWorker, ToWorker } from "./messages.js";
import { Courier, COURIER, type CourierScope, runErrands } from "./worker/courier.js";
import { WorkerThread } from "./worker/worker_thread.js";

const scope = self as unknown as {
  readonly name: string;
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  /** Called by `mug_pyodide.in_browser.lazy_imports`. */
  mugFetching: (begins: boolean) => void;
};

function play(): void {
  const thread = new WorkerThread({
    post: (message) => scope.postMessage(message),
    importModule: (url) => import(url),
    hireCourier,
  });
  scope.mugFetching = (begins) => scope.postMessage({ type: "fetching", begins });
  scope.onmessage = (event) => thread.receive(event.data);
}

/** Start this script once more; some browsers let only pages start workers. */
function hireCourier(): Courier | null {
  if (typeof Worker !== "function") return null;
  return new Courier(new Worker(import.meta.url, { type: "module", name: COURIER }));
}

if (scope.name === COURIER) runErrands(self as unknown as CourierScope);
else play();
