import type { FromWorker, ToWorker } from "./messages.js";
import { WorkerThread } from "./worker/worker_thread.js";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  /** Called by `mug_pyodide.in_browser.lazy_imports`. */
  mugFetching: (begins: boolean) => void;
};
const thread = new WorkerThread({
  post: (message) => scope.postMessage(message),
  importModule: (url) => import(url),
});
scope.mugFetching = (begins) => scope.postMessage({ type: "fetching", begins });
scope.onmessage = (event) => thread.receive(event.data);
