/** Does something when it is due: `run` says in how many seconds it wants to be called again, null for never. */
export class Clock {
  readonly #run: () => number | null;
  readonly #channel = new MessageChannel();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #soon = false;
  #stopped = false;

  constructor(run: () => number | null) {
    this.#run = run;
    this.#channel.port1.onmessage = () => this.#next();
  }

  /** Something changed: let it run at once, after the messages that are here already. */
  poke(): void {
    clearTimeout(this.#timer);
    if (this.#soon || this.#stopped) return;
    this.#soon = true;
    this.#channel.port2.postMessage(null);
  }

  /** Run no more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#channel.port1.close();
  }

  #next(): void {
    this.#soon = false;
    if (this.#stopped) return;
    const seconds = this.#run();
    if (seconds === null || this.#stopped || this.#soon) return;
    if (seconds <= 0) this.poke();
    // Timers count whole milliseconds: one too early would be a turn for nothing.
    else this.#timer = setTimeout(() => this.#next(), Math.ceil(seconds * 1000));
  }
}
