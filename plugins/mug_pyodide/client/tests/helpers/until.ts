/** Let what waits for streams, messages and promises happen, until something holds; timers may be fake. */
export async function until(holds: () => boolean, what = "it did not happen"): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (holds()) return;
    await macrotask();
  }
  throw new Error(what);
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
