/** What becomes of a page while a game is played in it. */
export interface PageLife {
  hidden(): void;
  /** It may be gone in a moment. */
  leaving(): void;
}

/** Tell somebody what becomes of the page, until the function that is returned is called. */
export function watchPage(life: PageLife): () => void {
  const changed = (): void => {
    if (document.visibilityState === "hidden") life.hidden();
  };
  const leaving = (): void => life.leaving();
  document.addEventListener("visibilitychange", changed);
  window.addEventListener("pagehide", leaving);
  return () => {
    document.removeEventListener("visibilitychange", changed);
    window.removeEventListener("pagehide", leaving);
  };
}
