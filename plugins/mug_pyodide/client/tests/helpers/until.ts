/** Real time: streams are packed by threads that a busy machine lets wait. */
const PATIENCE_MS = 20_000;

/** Let what waits for streams, messages and promises happen, until something holds; timers may be fake. */
export async function until(holds: () => boolean, what = "it did not happen"): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(what);
    await macrotask();
  }
}

/** Let everything happen that is to happen now. */
export async function macrotask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
