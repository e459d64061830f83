const WINDOW = 120;

/** The mean of the last values of a measurement. */
export class MovingAverage {
  readonly #values: number[] = [];
  #next = 0;

  add(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** Null before the first value. */
  get value(): number | null {
    if (this.#values.length === 0) return null;
    const sum = this.#values.reduce((total, value) => total + value, 0);
    return Math.round((sum / this.#values.length) * 1000) / 1000;
  }
}
