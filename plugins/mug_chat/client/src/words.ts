/** What the server's half of the chat says, read carefully. */

/** A message. Everything in it is shown as text, whatever it looks like. */
export interface Line {
  number: number;
  seat: string;
  name: string;
  kind: string;
  text: string;
  own: boolean;
}

/** Who else is there: some names, and how many more there are. */
export interface Others {
  others: string[];
  more: number;
}

/** What the panel shows in a room. `closed` says why nothing can be written, "" when it can. */
export interface Room extends Others {
  type: "room";
  room: string;
  free: boolean;
  quick: string[];
  emotes: string[];
  longest: number;
  typing: boolean;
  closed: string;
  lines: Line[];
}

export type News =
  | Room
  | { type: "nowhere" }
  | ({ type: "here"; room: string } & Others)
  | { type: "said"; room: string; line: Line }
  | { type: "typing"; room: string; seat: string; name: string; on: boolean };

/** Read what the server said; null for what cannot be understood, such as no answer at all. */
export function parseNews(message: unknown): News | null {
  if (!isRecord(message)) return null;
  const { type, room } = message;
  if (type === "room" && room === null) return { type: "nowhere" };
  if (typeof room !== "string") return null;
  switch (type) {
    case "room":
      return {
        type,
        room,
        ...others(message),
        free: message["free"] === true,
        quick: texts(message["quick"]),
        emotes: texts(message["emotes"]),
        longest: Number(message["longest"]),
        typing: message["typing"] === true,
        closed: String(message["closed"]),
        lines: Array.isArray(message["lines"]) ? message["lines"].filter(isRecord).map(line) : [],
      };
    case "here":
      return { type, room, ...others(message) };
    case "said":
      return { type, room, line: line(message) };
    case "typing": {
      const { seat, name, on } = message;
      return { type, room, seat: String(seat), name: String(name), on: on === true };
    }
  }
  return null;
}

function line(said: Record<string, unknown>): Line {
  return {
    number: Number(said["number"]),
    seat: String(said["seat"]),
    name: String(said["name"]),
    kind: String(said["kind"]),
    text: String(said["text"]),
    own: said["own"] === true,
  };
}

function others(message: Record<string, unknown>): Others {
  return { others: texts(message["others"]), more: Number(message["more"]) };
}

function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.map(String) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
