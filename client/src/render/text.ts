import { number, type Props, text } from "./commands.js";
import type { Context } from "./shapes.js";

const LINE_HEIGHT = 1.2;
const ALIGN: Record<string, CanvasTextAlign> = { center: "center", right: "right" };

/** Draw a text of one or more lines; `baseline` places the block as a whole. */
export function paintText(context: Context, props: Props): void {
  const size = number(props, "size");
  const lines = text(props, "text").split("\n");
  const step = size * LINE_HEIGHT;
  const height = step * (lines.length - 1) + size;
  const place = text(props, "baseline");
  const shift = place === "bottom" ? height : place === "middle" ? height / 2 : 0;
  const x = number(props, "x");
  let y = number(props, "y") - shift + size / 2;

  context.font = `${size}px ${text(props, "font") || "sans-serif"}`;
  context.textAlign = ALIGN[text(props, "align")] ?? "left";
  context.textBaseline = "middle";
  const outline = text(props, "stroke_color");
  for (const line of lines) {
    if (outline !== "") {
      context.strokeStyle = outline;
      context.lineWidth = 2 * number(props, "stroke_width"); // the inner half is covered by the letters
      context.strokeText(line, x, y);
    }
    context.fillStyle = text(props, "color") || "#000000";
    context.fillText(line, x, y);
    y += step;
  }
}
