/** How much room is left for the canvas below this many CSS pixels, where scrolling begins to help. */
const LEAST_HEIGHT = 240;
const MARGIN = 24;
/** When the controls stand beside the canvas instead of below it; the stylesheet says the same. */
export const CONTROLS_BESIDE =
  "(orientation: landscape) and (max-height: 31.25rem) and (min-width: 30rem)";

/**
 * The CSS size of the canvas: as large as the script says, smaller where the window is, in the same
 * proportions. `above` and `below` are the heights of what has to be seen together with it.
 */
export function fitCanvas(
  wanted: { width: number; height: number },
  window: { width: number; height: number },
  above: number,
  below: number,
): { width: number; height: number } {
  const room = Math.max(LEAST_HEIGHT, window.height - above - below - MARGIN);
  const scale = Math.min(1, window.width / wanted.width, room / wanted.height);
  return {
    width: Math.max(1, Math.floor(wanted.width * scale)),
    height: Math.max(1, Math.floor(wanted.height * scale)),
  };
}

/** Calls back at once, and whenever the window's size or the screen's pixel density changes. */
export function watchScreen(changed: (pixelRatio: number) => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const update = (): void => changed(window.devicePixelRatio || 1);
  const watchRatio = (): void => {
    if (signal.aborted) return;
    const query = matchMedia(`(resolution: ${window.devicePixelRatio || 1}dppx)`);
    const moved = (): void => {
      update();
      watchRatio();
    };
    query.addEventListener("change", moved, { once: true, signal });
  };
  window.addEventListener("resize", update, { signal });
  watchRatio();
  update();
  return () => stop.abort();
}
