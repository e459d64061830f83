import { type Command, type Delta, number, type Props } from "./commands.js";
import { type Glide, glideFrom, gliding } from "./glide.js";
import { mixProps } from "./tween.js";

interface Item {
  command: Command;
  from: Props | null;
  since: number;
  glide: Glide | null;
}

/** What is on the surface, kept up to date by deltas; changed commands move there in their time. */
export class Picture {
  width = 0;
  height = 0;
  readonly #items = new Map<number, Item>();
  #sorted: Item[] = [];
  #stale = false;

  /**
   * Take in a delta at a time in milliseconds; a full one replaces the whole picture.
   *
   * @param glide what was shown in a wrong place gets so many milliseconds to come where it should be
   */
  apply(delta: Delta, full: boolean, now: number, glide = 0): void {
    if (full) this.#items.clear();
    for (const key of delta.removed) this.#items.delete(key);
    for (const command of delta.set) {
      if (command.type === "surface") {
        this.width = number(command.props, "width");
        this.height = number(command.props, "height");
      } else {
        this.#set(command, now, glide);
      }
    }
    this.#stale = true;
  }

  /** Forget everything. */
  clear(): void {
    this.#items.clear();
    this.#stale = true;
  }

  /** Call back with every command, lowest first, as it looks at this time. True if anything still moves. */
  visit(now: number, draw: (command: Command, props: Props) => void): boolean {
    if (this.#stale) this.#sort();
    let moving = false;
    for (const item of this.#sorted) {
      draw(item.command, propsAt(item, now));
      if (item.from !== null || item.glide !== null) moving = true;
    }
    return moving;
  }

  #set(command: Command, now: number, duration: number): void {
    const found = this.#items.get(command.key);
    const earlier = found?.command.type === command.type ? found : undefined;
    const moves = number(command.props, "tween") > 0 && earlier !== undefined;
    const from = moves ? tweened(earlier, now) : null;
    const wrong = duration > 0 && earlier !== undefined && !moves;
    const glide = wrong
      ? glideFrom(propsAt(earlier, now), command.props, now, duration)
      : (earlier?.glide ?? null);
    this.#items.set(command.key, { command, from, since: now, glide });
  }

  #sort(): void {
    this.#stale = false;
    this.#sorted = [...this.#items.values()].sort(
      (a, b) =>
        number(a.command.props, "depth") - number(b.command.props, "depth") ||
        a.command.order - b.command.order,
    );
  }
}

function propsAt(item: Item, now: number): Props {
  const props = tweened(item, now);
  if (item.glide === null) return props;
  const seen = gliding(item.glide, props, now);
  if (seen === null) item.glide = null;
  return seen ?? props;
}

function tweened(item: Item, now: number): Props {
  const { command, from } = item;
  if (from === null) return command.props;
  const progress = (now - item.since) / number(command.props, "tween");
  if (progress >= 1) {
    item.from = null;
    return command.props;
  }
  return mixProps(from, command.props, Math.max(0, progress));
}
