import { isRecord } from "../net/messages.js";

export type InputMode = "pressed_keys" | "key_down" | "key_up";

/** Keys, by physical position (`KeyboardEvent.code`), that together mean an action. */
export interface Binding {
  readonly codes: readonly string[];
  readonly action: number;
}

/** What pointing at the canvas means. */
export interface PointerBinding {
  readonly event: "down" | "move";
  readonly action: number;
}

/** A button on the screen that stands for keys. */
export interface ScreenButton {
  readonly label: string;
  readonly codes: readonly string[];
}

/** A picture to load before the game; an atlas also has a table of its frames. */
export interface AssetSpec {
  readonly kind: "image" | "atlas";
  readonly name: string;
  readonly url: string;
  readonly data: string | null;
}

/** What the server says about a game before it begins. */
export interface GamePage {
  readonly seat: string;
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly fps: number;
  readonly inputMode: InputMode;
  readonly bindings: readonly Binding[];
  readonly pointer: readonly PointerBinding[];
  readonly buttons: readonly ScreenButton[];
  readonly touchControls: boolean | "auto";
  readonly assets: readonly AssetSpec[];
  readonly header: string;
  readonly body: string;
  readonly inGameBody: string;
  readonly runtime: string;
  /** What connects the players' pages to each other, null where nothing does. */
  readonly peers: string | null;
  /** Everything as it came: a plugin's runtime finds its own fields here. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Read a game's description; `base` is the page's address, which picture addresses are relative to. */
export function readGamePage(raw: Record<string, unknown>, base: URL): GamePage {
  return {
    seat: text(raw["seat"]),
    width: positive(raw["width"], 600),
    height: positive(raw["height"], 400),
    background: text(raw["background"]),
    fps: positive(raw["fps"], 30),
    inputMode: inputMode(raw["inputMode"]),
    bindings: list(raw["bindings"]).map((item) => ({
      codes: codes(item["codes"]),
      action: Number(item["action"]),
    })),
    pointer: list(raw["pointer"]).map((item) => ({
      event: item["event"] === "move" ? "move" : "down",
      action: Number(item["action"]),
    })),
    buttons: list(raw["buttons"]).map((item) => ({
      label: text(item["label"]),
      codes: codes(item["codes"]),
    })),
    touchControls: typeof raw["touchControls"] === "boolean" ? raw["touchControls"] : "auto",
    assets: list(raw["assets"]).map((item) => asset(item, base)),
    header: text(raw["header"]),
    body: text(raw["body"]),
    inGameBody: text(raw["inGameBody"]),
    runtime: text(raw["runtime"]),
    peers: typeof raw["peers"] === "string" ? raw["peers"] : null,
    raw,
  };
}

function asset(item: Record<string, unknown>, base: URL): AssetSpec {
  const atlas = item["kind"] === "atlas";
  const picture = text(atlas ? item["image"] : item["url"]);
  return {
    kind: atlas ? "atlas" : "image",
    name: text(item["name"]),
    url: new URL(picture, base).href,
    data: atlas ? new URL(text(item["data"]), base).href : null,
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function positive(value: unknown, otherwise: number): number {
  return typeof value === "number" && value > 0 ? value : otherwise;
}

function inputMode(value: unknown): InputMode {
  return value === "key_down" || value === "key_up" ? value : "pressed_keys";
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function codes(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
