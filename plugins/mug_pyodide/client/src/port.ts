import type { FromWorker, ToWorker } from "./messages.js";

const PING_MS = 1000;
/** How many seconds a worker may wait for something that it fetches. */
const FETCH_PATIENCE = 60;

/** The part of a web worker that the page uses. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(message: ToWorker, transfer?: Transferable[]): void;
  terminate(): void;
}

/** Who is told what comes from a worker. */
export interface PortListener {
  message(message: FromWorker): void;
  /** The worker is of no use any more, and was ended. */
  died(reason: string, detail: string): void;
}

/** A worker as its page sees it: watched, so that one that hangs is ended. */
export class WorkerPort {
  /** How many seconds the worker may be busy without answering. */
  patience: number;
  listener: PortListener;
  readonly #worker: WorkerLike;
  readonly #timer: ReturnType<typeof setInterval>;
  #fetching = false;
  #pings = 0;
  #answered = 0;

  constructor(worker: WorkerLike, patience: number, listener: PortListener) {
    this.#worker = worker;
    this.patience = patience;
    this.listener = listener;
    worker.onmessage = ({ data }) => {
      if (data.type === "pong") {
        this.#answered = Math.max(this.#answered, data.number);
        return;
      }
      // Whatever a worker says, it lives; it may say so long before it comes to the pings that wait.
      this.#answered = this.#pings;
      if (data.type === "fetching") this.#fetching = data.begins;
      else this.listener.message(data);
    };
    worker.onerror = (event) => {
      const detail = typeof event.message === "string" ? event.message : "";
      this.#die(detail === "" ? "the worker's script could not be loaded" : detail, detail);
    };
    this.#timer = setInterval(() => this.#watch(), PING_MS);
  }

  /** @throws DataCloneError something in it cannot be handed over */
  post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** End the worker. */
  terminate(): void {
    clearInterval(this.#timer);
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
  }

  /** Counts its own calls instead of time: a machine that slept must not look like a worker that hangs. */
  #watch(): void {
    const patience = this.#fetching ? Math.max(FETCH_PATIENCE, this.patience) : this.patience;
    if (this.#pings - this.#answered >= patience) {
      this.#die(`nothing happened for ${patience} seconds: an endless loop?`, "");
      return;
    }
    this.#pings += 1;
    this.post({ type: "ping", number: this.#pings });
  }

  #die(reason: string, detail: string): void {
    this.terminate();
    this.listener.died(reason, detail);
  }
}
