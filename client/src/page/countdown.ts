/** Calls back with the whole seconds that are left: at once, and whenever the number changes. */
export class Countdown {
  readonly #ends: number;
  readonly #tell: (secondsLeft: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seconds: number, tell: (secondsLeft: number) => void) {
    this.#ends = performance.now() + seconds * 1000;
    this.#tell = tell;
    this.#tick();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const left = Math.max(0, this.#ends - performance.now());
    const seconds = Math.ceil(left / 1000);
    if (seconds > 0) {
      const untilNext = left - (seconds - 1) * 1000;
      this.#timer = setTimeout(() => this.#tick(), untilNext + 5);
    }
    this.#tell(seconds);
  }
}

/** "1 minute 5 seconds": a duration as people say it. */
export function spokenDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const parts = [];
  if (minutes > 0) parts.push(`${minutes} ${minutes === 1 ? "minute" : "minutes"}`);
  if (rest > 0 || minutes === 0) parts.push(`${rest} ${rest === 1 ? "second" : "seconds"}`);
  return parts.join(" ");
}

/** "1:05": a duration as a clock shows it. */
export function clockDuration(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
