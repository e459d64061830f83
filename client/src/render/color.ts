export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** Read `#rrggbb` or `#rrggbbaa`; null for anything else. */
export function parseColor(text: string): Rgba | null {
  if (!/^#([0-9a-f]{6}|[0-9a-f]{8})$/i.test(text)) return null;
  const part = (from: number): number => Number.parseInt(text.slice(from, from + 2), 16);
  return [part(1), part(3), part(5), text.length === 9 ? part(7) : 255];
}

/** Write a color as `#rrggbb`, or `#rrggbbaa` when it is not opaque. */
export function formatColor(color: Rgba): string {
  const digits = color.map((part) => Math.round(part).toString(16).padStart(2, "0"));
  return `#${digits[3] === "ff" ? digits.slice(0, 3).join("") : digits.join("")}`;
}

/** The color on the way from one to another; a text that is no color changes at once. */
export function mixColors(from: string, to: string, progress: number): string {
  const [start, end] = [parseColor(from), parseColor(to)];
  if (start === null || end === null) return to;
  const mix = (index: 0 | 1 | 2 | 3): number =>
    start[index] + (end[index] - start[index]) * progress;
  return formatColor([mix(0), mix(1), mix(2), mix(3)]);
}
