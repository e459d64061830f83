import { MovingAverage } from "../game/average.js";
import type { Assets } from "./assets.js";
import type { Command, Delta } from "./commands.js";
import { paint } from "./paint.js";
import { Picture } from "./picture.js";

/**
 * Draws a picture on a canvas, only when something has changed or moves. The surface keeps its aspect
 * in the canvas's box, and the canvas has as many pixels as the screen has under it.
 */
export class Renderer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #assets: Assets;
  readonly #background: string;
  readonly #picture = new Picture();
  readonly #bitmaps = new Map<number, { bitmap: ImageBitmap; order: number }>();
  #width: number;
  #height: number;
  #ratio = 1;
  #scheduled: number | null = null;
  #decoded = 0;
  #stopped = false;
  readonly #spent = new MovingAverage();

  /**
   * @param width CSS pixels of the canvas, until `resize`
   * @param background a CSS color below everything, "" for none
   */
  constructor(
    canvas: HTMLCanvasElement,
    size: { width: number; height: number },
    background: string,
    assets: Assets,
  ) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser cannot draw on a canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#assets = assets;
    this.#background = background;
    this.#width = size.width;
    this.#height = size.height;
    this.#picture.width = size.width;
    this.#picture.height = size.height;
  }

  /** Milliseconds that drawing takes, over the last pictures; null before the first. */
  get drawMs(): number | null {
    return this.#spent.value;
  }

  /** Take in a delta; a full one replaces the whole picture. `glide`: see `Picture.apply`. */
  apply(delta: Delta, full: boolean, glide = 0): void {
    this.#picture.apply(delta, full, performance.now(), glide);
    const kept = new Set(delta.set.map((command) => command.key));
    if (full) this.#forget([...this.#bitmaps.keys()].filter((key) => !kept.has(key)));
    this.#forget(delta.removed);
    for (const command of delta.set) {
      if (command.type === "pixels") void this.#decode(command);
    }
    this.invalidate();
  }

  /** Use this many CSS pixels, at this many screen pixels for each. */
  resize(width: number, height: number, ratio: number): void {
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    this.#width = width;
    this.#height = height;
    this.#ratio = ratio;
    if (this.#canvas.width !== pixels[0]) this.#canvas.width = pixels[0];
    if (this.#canvas.height !== pixels[1]) this.#canvas.height = pixels[1];
    this.#draw();
  }

  /** Draw again soon: a picture has arrived, for example. */
  invalidate(): void {
    this.#scheduled ??= requestAnimationFrame(() => {
      this.#scheduled = null;
      this.#draw();
    });
  }

  /** Turn a place in the window into surface pixels; null outside the surface. */
  toSurface(clientX: number, clientY: number): readonly [number, number] | null {
    const box = this.#canvas.getBoundingClientRect();
    const { scale, left, top } = this.#fit();
    const shrink = this.#width / (box.width || this.#width);
    const x = ((clientX - box.left) * shrink - left) / scale;
    const y = ((clientY - box.top) * shrink - top) / scale;
    const inside = x >= 0 && y >= 0 && x <= this.#picture.width && y <= this.#picture.height;
    return inside ? [x, y] : null;
  }

  /** Stop drawing and let go of what was decoded. */
  stop(): void {
    if (this.#scheduled !== null) cancelAnimationFrame(this.#scheduled);
    this.#scheduled = null;
    this.#stopped = true;
    this.#forget([...this.#bitmaps.keys()]);
  }

  #draw(): void {
    const began = performance.now();
    const context = this.#context;
    const { scale, left, top } = this.#fit();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#background !== "") {
      context.fillStyle = this.#background;
      context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    }
    context.save();
    const ratio = this.#ratio;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, left * ratio, top * ratio);
    context.beginPath();
    context.rect(0, 0, this.#picture.width, this.#picture.height);
    context.clip();
    context.lineJoin = "round";
    context.imageSmoothingQuality = "high";
    const materials = { assets: this.#assets, bitmaps: this.#bitmaps };
    const moving = this.#picture.visit(performance.now(), (command, props) => {
      paint(context, command, props, materials);
    });
    context.restore();
    this.#spent.add(performance.now() - began);
    if (moving) this.invalidate();
  }

  #fit(): { scale: number; left: number; top: number } {
    const { width, height } = this.#picture;
    const scale = Math.min(this.#width / width, this.#height / height);
    return {
      scale,
      left: (this.#width - width * scale) / 2,
      top: (this.#height - height * scale) / 2,
    };
  }

  /** Decode a picture that came with a frame; the one before stays until it is there. */
  async #decode(command: Command): Promise<void> {
    const png = command.props["png"];
    if (!(png instanceof Uint8Array)) return;
    const order = (this.#decoded += 1);
    const blob = new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" });
    const bitmap = await createImageBitmap(blob).catch(() => null);
    if (bitmap === null) {
      console.error("mug: a picture of the game could not be decoded");
      return;
    }
    const shown = this.#bitmaps.get(command.key);
    if (this.#stopped || (shown !== undefined && shown.order > order)) {
      bitmap.close();
      return;
    }
    shown?.bitmap.close();
    this.#bitmaps.set(command.key, { bitmap, order });
    this.invalidate();
  }

  #forget(keys: Iterable<number>): void {
    for (const key of keys) {
      this.#bitmaps.get(key)?.bitmap.close();
      this.#bitmaps.delete(key);
    }
  }
}
