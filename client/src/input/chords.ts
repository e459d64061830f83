import type { Binding } from "../game/page.js";

/**
 * Find the binding that the pressed keys mean. The longest chord whose keys are all pressed wins;
 * among equally long ones the one whose newest key was pressed last, so that a single key pressed on
 * top of another takes over and gives way again when it is released.
 *
 * @param pressed codes of the pressed keys, oldest first
 * @param including only chords with this key count
 */
export function resolve(
  bindings: readonly Binding[],
  pressed: readonly string[],
  including: string | null = null,
): Binding | null {
  let best: Binding | null = null;
  let bestAge = -1;
  for (const binding of bindings) {
    if (including !== null && !binding.codes.includes(including)) continue;
    const ages = binding.codes.map((code) => pressed.indexOf(code));
    if (ages.length === 0 || ages.includes(-1)) continue;
    const newest = Math.max(...ages);
    const longer = binding.codes.length - (best?.codes.length ?? 0);
    if (longer > 0 || (longer === 0 && newest > bestAge)) {
      best = binding;
      bestAge = newest;
    }
  }
  return best;
}
