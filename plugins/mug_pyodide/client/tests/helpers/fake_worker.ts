import type { FromWorker, ToWorker } from "../../src/messages.js";
import type { WorkerLike } from "../../src/port.js";

/** A web worker without a thread: tests play it. */
export class FakeWorker implements WorkerLike {
  onmessage: WorkerLike["onmessage"] = null;
  onerror: WorkerLike["onerror"] = null;
  terminated = false;
  answersPings = false;
  readonly heard: ToWorker[] = [];
  /** Called with everything that the page says. */
  reply: (message: ToWorker) => void = () => {};
  #ping = 0;

  postMessage(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.terminated) return;
    for (const one of transfer) {
      if (!("postMessage" in one)) throw new DOMException("it stays here", "DataCloneError");
    }
    if (message.type === "ping") {
      this.#ping = message.number;
      if (this.answersPings) this.answerPings();
      return;
    }
    this.heard.push(message);
    this.reply(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  answerPings(): void {
    this.say({ type: "pong", number: this.#ping });
  }

  /** What the page said of one type. */
  hearing<T extends ToWorker["type"]>(type: T): Extract<ToWorker, { type: T }>[] {
    return this.heard.filter(
      (message): message is Extract<ToWorker, { type: T }> => message.type === type,
    );
  }
}
