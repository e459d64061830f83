import { number, points, type Props, text } from "./commands.js";

export type Context = CanvasRenderingContext2D;

/** Draw a rectangle, its corners rounded if it says so. */
export function paintRect(context: Context, props: Props): void {
  const [x, y, w, h] = [
    number(props, "x"),
    number(props, "y"),
    number(props, "w"),
    number(props, "h"),
  ];
  const radius = Math.min(number(props, "border_radius"), Math.abs(w) / 2, Math.abs(h) / 2);
  context.beginPath();
  if (radius > 0) context.roundRect(x, y, w, h, radius);
  else context.rect(x, y, w, h);
  fillAndStroke(context, props);
}

/** Draw a circle. */
export function paintCircle(context: Context, props: Props): void {
  context.beginPath();
  context.arc(number(props, "x"), number(props, "y"), size(props, "radius"), 0, 2 * Math.PI);
  fillAndStroke(context, props);
}

/** Draw an ellipse. */
export function paintEllipse(context: Context, props: Props): void {
  const [x, y] = [number(props, "x"), number(props, "y")];
  context.beginPath();
  context.ellipse(x, y, size(props, "rx"), size(props, "ry"), 0, 0, 2 * Math.PI);
  fillAndStroke(context, props);
}

/** Draw an open line through points. */
export function paintLine(context: Context, props: Props): void {
  tracePoints(context, points(props));
  stroke(context, text(props, "color"), number(props, "width"));
}

/** Draw a closed polygon. */
export function paintPolygon(context: Context, props: Props): void {
  tracePoints(context, points(props));
  context.closePath();
  fillAndStroke(context, props);
}

/** Draw part of a circle's edge, or the slice of a pie. */
export function paintArc(context: Context, props: Props): void {
  const [x, y] = [number(props, "x"), number(props, "y")];
  const filled = props["filled"] === true;
  context.beginPath();
  if (filled) context.moveTo(x, y);
  context.arc(x, y, size(props, "radius"), number(props, "start"), number(props, "end"));
  if (filled) {
    context.closePath();
    fillAndStroke(context, props);
    return;
  }
  const width = number(props, "width");
  const outline = text(props, "stroke_color");
  if (outline !== "") stroke(context, outline, width + 2 * number(props, "stroke_width"));
  stroke(context, text(props, "color"), width);
}

/** The middle of what points enclose. */
export function middleOf(coordinates: readonly number[]): readonly [number, number] {
  const xs = coordinates.filter((_, index) => index % 2 === 0);
  const ys = coordinates.filter((_, index) => index % 2 === 1);
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  return xs.length === 0 ? [0, 0] : [middle(xs), middle(ys)];
}

function tracePoints(context: Context, coordinates: readonly number[]): void {
  context.beginPath();
  for (let index = 0; index + 1 < coordinates.length; index += 2) {
    const [x, y] = [coordinates[index]!, coordinates[index + 1]!];
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}

function fillAndStroke(context: Context, props: Props): void {
  const color = text(props, "color");
  if (color !== "") {
    context.fillStyle = color;
    context.fill();
  }
  stroke(context, text(props, "stroke_color"), number(props, "stroke_width"));
}

function stroke(context: Context, color: string, width: number): void {
  if (color === "" || width <= 0) return;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** A length; a tween or an environment may pass below zero, which a canvas does not accept. */
function size(props: Props, name: string): number {
  return Math.max(0, number(props, name));
}
