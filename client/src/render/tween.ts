import { mixColors } from "./color.js";
import type { Props, PropValue } from "./commands.js";

const COLORS = new Set(["color", "stroke_color"]);
/** Numbers that name or order something: they change at once. */
const NOT_PLACES = new Set(["frame", "depth", "tween"]);

/** The properties on the way from one state to another, `progress` running from 0 to 1. */
export function mixProps(from: Props, to: Props, progress: number): Props {
  if (progress >= 1) return to;
  const mixed: Record<string, PropValue> = { ...to };
  for (const [name, end] of Object.entries(to)) {
    const start = from[name];
    if (start !== undefined && start !== end && !NOT_PLACES.has(name)) {
      mixed[name] = mixValue(name, start, end, progress);
    }
  }
  return mixed;
}

function mixValue(name: string, start: PropValue, end: PropValue, progress: number): PropValue {
  if (typeof start === "number" && typeof end === "number") {
    return start + (end - start) * progress;
  }
  if (COLORS.has(name)) return mixColors(String(start), String(end), progress);
  if (isNumbers(start) && isNumbers(end) && start.length === end.length) {
    return end.map((value, index) => start[index]! + (value - start[index]!) * progress);
  }
  return end;
}

function isNumbers(value: PropValue): value is readonly number[] {
  return Array.isArray(value);
}
