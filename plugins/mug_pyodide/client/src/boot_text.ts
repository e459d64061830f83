import type { BootProgress } from "./boot.js";
import type { Stage } from "./messages.js";

/** How much of all loading a stage is, and what a participant reads meanwhile. */
const SHARES: Readonly<Record<Stage, readonly [share: number, text: string]>> = {
  download: [0.3, "Loading the game…"],
  python: [0.4, "Loading the game…"],
  unpack: [0.05, "Preparing the game…"],
  imports: [0.1, "Preparing the game…"],
  scene: [0.05, "Preparing the game…"],
  warm_up: [0.1, "Almost there…"],
};
/** Stages during which there is something to download. */
const LOADING = new Set<Stage>(["download", "python"]);
const MEGABYTE = 1e6;

/** Say how far loading is: a part of 1, what is being done, and how many bytes have come. */
export function bootText({ stage, received, total }: BootProgress): [number, string, string] {
  const arrived = total > 0 ? received / total : 0;
  const [, text] = SHARES[stage];
  if (LOADING.has(stage)) {
    const share = SHARES.download[0] + SHARES.python[0];
    const detail = total > 0 ? `${megabytes(received)} of ${megabytes(total)} MB` : "";
    return [share * Math.min(1, arrived) * 0.95, text, detail];
  }
  let before = 0;
  for (const [name, [share]] of Object.entries(SHARES)) {
    if (name === stage) break;
    before += share;
  }
  return [before, text, ""];
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}
