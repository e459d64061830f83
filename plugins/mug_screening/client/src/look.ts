/** What a page can find out about its browser. The server decides what follows from it. */
export interface Found {
  user_agent: string;
  mobile: boolean;
  touches: number;
  screen: { width: number; height: number };
  window: { width: number; height: number };
  can: Record<string, boolean>;
}

/** Look at the browser; whether there is a keyboard is for its owner to show. */
export function look(page: Window, keyboard: boolean): Found {
  const { navigator, screen } = page;
  const hints = (navigator as Navigator & { userAgentData?: { mobile?: boolean } }).userAgentData;
  return {
    user_agent: navigator.userAgent,
    mobile: hints?.mobile === true,
    touches: navigator.maxTouchPoints || 0,
    screen: { width: screen.width, height: screen.height },
    window: { width: page.innerWidth, height: page.innerHeight },
    can: {
      webassembly: typeof WebAssembly === "object",
      webgl: hasWebGl(page.document),
      webrtc: "RTCPeerConnection" in page,
      keyboard,
      pointer: page.matchMedia("(any-pointer: fine)").matches,
    },
  };
}

/**
 * Measure round trips one after the other, in milliseconds; null stands for one that took longer than
 * `patience` or failed. The first opens the connection and does not count.
 */
export async function roundTrips(
  count: number,
  ping: (signal: AbortSignal) => Promise<unknown>,
  patience: number,
): Promise<(number | null)[]> {
  const samples: (number | null)[] = [];
  for (let number = 0; number <= count; number += 1) {
    const began = performance.now();
    const sample = await ping(AbortSignal.timeout(patience)).then(
      () => performance.now() - began,
      () => null,
    );
    if (number > 0) samples.push(sample === null ? null : Math.min(sample, patience));
  }
  return samples;
}

function hasWebGl(page: Document): boolean {
  try {
    const canvas = page.createElement("canvas");
    return (canvas.getContext("webgl2") ?? canvas.getContext("webgl")) !== null;
  } catch {
    return false;
  }
}
