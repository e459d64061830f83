/**
 * How long each answer takes: from the last change of another answer, or from the page's appearance, to its own
 * last change. Time during which the page is hidden does not count.
 */
export class Stopwatch {
  readonly #seconds: Record<string, number>;
  #since = performance.now();
  #waited = 0;

  constructor(seconds: Record<string, number>) {
    this.#seconds = { ...seconds };
    document.addEventListener("visibilitychange", this.#turn);
  }

  /** An answer has changed. */
  changed(name: string): void {
    this.#seconds[name] = (this.#seconds[name] ?? 0) + this.#elapsed();
    this.#waited = 0;
    this.#since = performance.now();
  }

  /** Seconds by question, to the millisecond. */
  get seconds(): Record<string, number> {
    const rounded = Object.entries(this.#seconds).map(
      ([name, seconds]) => [name, Math.round(seconds * 1000) / 1000] as const,
    );
    return Object.fromEntries(rounded);
  }

  destroy(): void {
    document.removeEventListener("visibilitychange", this.#turn);
  }

  #elapsed(): number {
    return this.#waited + (performance.now() - this.#since) / 1000;
  }

  #turn = (): void => {
    if (document.visibilityState === "hidden") this.#waited = this.#elapsed();
    this.#since = performance.now();
  };
}
