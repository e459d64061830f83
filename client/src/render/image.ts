import type { Assets, LoadedAsset } from "./assets.js";
import type { AtlasFrame } from "./atlas.js";
import { number, type Props, text } from "./commands.js";
import type { Context } from "./shapes.js";

const MISSING = "#9ca3af";

/** The size at which an image command is drawn: its own, or the picture's. */
export function imageSize(props: Props, assets: Assets): readonly [number, number] {
  const asset = assets.get(text(props, "name"));
  const frame = asset && frameOf(asset, props);
  const width = frame ? frame.box.w : (asset?.picture.naturalWidth ?? 0);
  const height = frame ? frame.box.h : (asset?.picture.naturalHeight ?? 0);
  return ["w" in props ? number(props, "w") : width, "h" in props ? number(props, "h") : height];
}

/** Draw a picture, or one frame of an atlas; a grey box in its place while it is not there. */
export function paintImage(context: Context, props: Props, assets: Assets): void {
  const [x, y] = [number(props, "x"), number(props, "y")];
  const [w, h] = imageSize(props, assets);
  const asset = assets.get(text(props, "name"));
  if (asset === undefined || (asset.atlas !== null && frameOf(asset, props) === undefined)) {
    context.strokeStyle = MISSING;
    context.lineWidth = 1;
    context.strokeRect(x, y, w, h);
    return;
  }
  const frame = frameOf(asset, props);
  if (frame === undefined) context.drawImage(asset.picture, x, y, w, h);
  else paintFrame(context, asset.picture, frame, x, y, w / frame.box.w, h / frame.box.h);
}

/** Draw a whole picture that came with the frame; sharp pixels when it is enlarged. */
export function paintPixels(
  context: Context,
  props: Props,
  bitmap: CanvasImageSource | undefined,
): void {
  if (bitmap === undefined) return;
  const smooth = context.imageSmoothingEnabled;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    bitmap,
    number(props, "x"),
    number(props, "y"),
    number(props, "w"),
    number(props, "h"),
  );
  context.imageSmoothingEnabled = smooth;
}

function frameOf(asset: LoadedAsset, props: Props): AtlasFrame | undefined {
  const frame = props["frame"];
  return asset.atlas?.get(frame === undefined ? "0" : String(frame));
}

function paintFrame(
  context: Context,
  picture: CanvasImageSource,
  frame: AtlasFrame,
  x: number,
  y: number,
  scaleX: number,
  scaleY: number,
): void {
  const left = x + frame.box.x * scaleX;
  const top = y + frame.box.y * scaleY;
  const [w, h] = [frame.w * scaleX, frame.h * scaleY];
  if (!frame.rotated) {
    context.drawImage(picture, frame.x, frame.y, frame.w, frame.h, left, top, w, h);
    return;
  }
  context.save();
  context.translate(left, top + h);
  context.rotate(-Math.PI / 2);
  context.drawImage(picture, frame.x, frame.y, frame.h, frame.w, 0, 0, h, w);
  context.restore();
}
