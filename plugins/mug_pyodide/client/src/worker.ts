import type { FromWorker, ToWorker } from "./messages.js";
import { WorkerThread } from "./worker/worker_thread.js";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const thread = new WorkerThread({
  post: (message) => scope.postMessage(message),
  importModule: (url) => import(url),
});
scope.onmessage = (event) => thread.receive(event.data);
