import type { Assets } from "./assets.js";
import { type Command, number, points, type Props } from "./commands.js";
import { imageSize, paintImage, paintPixels } from "./image.js";
import {
  type Context,
  middleOf,
  paintArc,
  paintCircle,
  paintEllipse,
  paintLine,
  paintPolygon,
  paintRect,
} from "./shapes.js";
import { paintText } from "./text.js";

/** What painting needs besides the commands. */
export interface Materials {
  readonly assets: Assets;
  /** Decoded pictures of `pixels` commands, by key. */
  readonly bitmaps: ReadonlyMap<number, { readonly bitmap: CanvasImageSource }>;
}

/** Draw one command as its properties say. */
export function paint(
  context: Context,
  command: Command,
  props: Props,
  materials: Materials,
): void {
  const alpha = Math.min(1, Math.max(0, number(props, "alpha")));
  if (alpha === 0) return;
  const angle = number(props, "angle");
  context.globalAlpha = alpha;
  if (angle === 0) {
    paintShape(context, command, props, materials);
    return;
  }
  const [x, y] = pivot(command, props, materials);
  context.save();
  context.translate(x, y);
  context.rotate((angle * Math.PI) / 180);
  context.translate(-x, -y);
  paintShape(context, command, props, materials);
  context.restore();
}

function paintShape(context: Context, command: Command, props: Props, materials: Materials): void {
  switch (command.type) {
    case "rect":
      return paintRect(context, props);
    case "circle":
      return paintCircle(context, props);
    case "ellipse":
      return paintEllipse(context, props);
    case "line":
      return paintLine(context, props);
    case "polygon":
      return paintPolygon(context, props);
    case "text":
      return paintText(context, props);
    case "image":
      return paintImage(context, props, materials.assets);
    case "arc":
      return paintArc(context, props);
    case "pixels":
      return paintPixels(context, props, materials.bitmaps.get(command.key)?.bitmap);
    case "surface":
      return;
  }
}

/** What a command turns about: the middle of its box; its own point for text and round shapes. */
function pivot(command: Command, props: Props, materials: Materials): readonly [number, number] {
  const [x, y] = [number(props, "x"), number(props, "y")];
  switch (command.type) {
    case "rect":
    case "pixels":
      return [x + number(props, "w") / 2, y + number(props, "h") / 2];
    case "image": {
      const [w, h] = imageSize(props, materials.assets);
      return [x + w / 2, y + h / 2];
    }
    case "line":
    case "polygon":
      return middleOf(points(props));
    default:
      return [x, y];
  }
}
