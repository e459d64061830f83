import { type Outbound, SHAPES } from "../protocol.js";

/** The server sent something that this page does not understand. */
export class MalformedMessage extends Error {}

/** Check an event's data against the protocol; whatever is not in the protocol is refused. */
export function parse<E extends keyof Outbound>(event: E, data: unknown): Outbound[E] {
  const shape: Record<string, string> = SHAPES[event];
  if (!isRecord(data)) throw new MalformedMessage(`${event}: not an object`);
  for (const [field, type] of Object.entries(shape)) {
    if (!matches(data[field], type)) {
      throw new MalformedMessage(`${event}.${field}: expected ${type}`);
    }
  }
  return data as unknown as Outbound[E];
}

/** Whether a value has one of the types that the generated shapes use. */
export function matches(value: unknown, type: string): boolean {
  if (type.includes(" | ")) return type.split(" | ").some((option) => matches(value, option));
  if (type.endsWith("[]")) {
    return Array.isArray(value) && value.every((item) => matches(item, type.slice(0, -2)));
  }
  if (type.startsWith("[")) {
    const items = type.slice(1, -1).split(", ");
    return (
      Array.isArray(value) &&
      value.length === items.length &&
      items.every((item, index) => matches(value[index], item))
    );
  }
  if (type.startsWith("Record<string, ")) {
    const item = type.slice("Record<string, ".length, -1);
    return isRecord(value) && Object.values(value).every((entry) => matches(entry, item));
  }
  if (type === "unknown") return true;
  if (type === "null") return value === null;
  return typeof value === type;
}

/** Whether a value is a plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
