// Lets the test talk to the worker.
const worker = new Worker("/runtime/worker.js", { type: "module" });
const waiting = new Map();
let count = 0;
worker.onmessage = ({ data: { id, result, error } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error) reject(new Error(error));
  else resolve(result);
};
worker.onerror = (event) => {
  for (const { reject } of waiting.values())
    reject(new Error(event.message ?? "the worker failed"));
};
window.ask = ([task, argument]) =>
  new Promise((resolve, reject) => {
    waiting.set(++count, { resolve, reject });
    worker.postMessage({ id: count, task, argument });
  });
