/** The script of the page in Mechanical Turk's frame: shows the form once the study is over. */

const EVERY_MS = 4000;

/** Ask how it stands until the study is over, and then fill in what is submitted. */
export function follow(page: Document, ask: (url: string) => Promise<unknown>): () => void {
  const status = page.getElementById("task-status");
  const form = page.getElementById("task-form");
  const url = status?.dataset["status"];
  if (status === null || form === null || url === undefined) return () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    const fields = doneWith(await ask(url).catch(() => null));
    if (fields === null) {
      timer = setTimeout(() => void look(), EVERY_MS);
      return;
    }
    for (const [name, value] of Object.entries(fields)) {
      const input = page.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    page.getElementById("open-study")?.remove();
    status.textContent = "The study is over.";
    form.hidden = false;
  };
  void look();
  return () => clearTimeout(timer);
}

/** What is to be submitted, null while the study is not over. */
function doneWith(answer: unknown): Record<string, string> | null {
  if (typeof answer !== "object" || answer === null || !("fields" in answer)) return null;
  const { done, fields } = answer as { done?: unknown; fields: unknown };
  return done === true && typeof fields === "object" ? (fields as Record<string, string>) : null;
}

follow(document, async (url) => (await fetch(url)).json());
