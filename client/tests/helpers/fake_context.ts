/** One call of a drawing method, with the styles that mattered to it. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly fill: string;
  readonly stroke: string;
  readonly width: number;
  readonly alpha: number;
  readonly font: string;
  readonly smooth: boolean;
}

const METHODS = [
  "beginPath",
  "closePath",
  "moveTo",
  "lineTo",
  "rect",
  "roundRect",
  "arc",
  "ellipse",
  "fill",
  "stroke",
  "clip",
  "fillRect",
  "strokeRect",
  "clearRect",
  "fillText",
  "strokeText",
  "drawImage",
  "translate",
  "rotate",
  "setTransform",
  "save",
  "restore",
] as const;

/** A 2D context that draws nothing and remembers everything. */
export class FakeContext {
  calls: Call[] = [];
  fillStyle = "#000000";
  strokeStyle = "#000000";
  lineWidth = 1;
  globalAlpha = 1;
  font = "10px sans-serif";
  textAlign = "left";
  textBaseline = "alphabetic";
  lineJoin = "miter";
  imageSmoothingEnabled = true;
  imageSmoothingQuality = "low";

  constructor() {
    for (const method of METHODS) {
      Object.assign(this, {
        [method]: (...args: unknown[]) => {
          this.calls.push({
            method,
            args,
            fill: this.fillStyle,
            stroke: this.strokeStyle,
            width: this.lineWidth,
            alpha: this.globalAlpha,
            font: this.font,
            smooth: this.imageSmoothingEnabled,
          });
        },
      });
    }
  }

  /** The context as the code under test sees it. */
  get real(): CanvasRenderingContext2D {
    return this as unknown as CanvasRenderingContext2D;
  }

  /** The arguments of every call of a method. */
  argsOf(method: (typeof METHODS)[number]): unknown[][] {
    return this.calls.filter((call) => call.method === method).map((call) => [...call.args]);
  }

  /** The first call of a method. */
  call(method: (typeof METHODS)[number]): Call {
    const call = this.calls.find((one) => one.method === method);
    if (call === undefined) throw new Error(`${method} was not called`);
    return call;
  }
}
