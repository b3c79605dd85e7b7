/** A subscription's wish: one event type, or all whose name begins with a prefix (`""` for all). */
export type Pattern = { exact: string } | { prefix: string };

export const EVENT_TYPE_NAME_MAX_LENGTH = 128;

const NAME = new RegExp(String.raw`^[A-Za-z0-9._-]{1,${EVENT_TYPE_NAME_MAX_LENGTH}}$`);

/** Whether `text` can name an event type: 1 to 128 letters, digits, `.`, `_` or `-`. */
export function isEventTypeName(text: string): boolean {
  return NAME.test(text);
}

/** Reads `invoice.paid`, `invoice.*` or `*`. A refusal is a sentence without a subject. */
export function parsePattern(text: string): { ok: true; pattern: Pattern } | { ok: false; reason: string } {
  if (text === "") return { ok: false, reason: "is empty: use * for all event types" };
  if (text === "*") return { ok: true, pattern: { prefix: "" } };
  const isPrefix = text.endsWith("*");
  const name = isPrefix ? text.slice(0, -1) : text;
  if (name.includes("*")) return { ok: false, reason: "may have * only once, and only at its end" };
  if (name.length > EVENT_TYPE_NAME_MAX_LENGTH) {
    return { ok: false, reason: `is longer than ${EVENT_TYPE_NAME_MAX_LENGTH} characters` };
  }
  if (!isEventTypeName(name)) return { ok: false, reason: "may hold only letters, digits, and . _ - before a final *" };
  return { ok: true, pattern: isPrefix ? { prefix: name } : { exact: name } };
}

/** Whether an event of this type is wished for. Names are compared as they are: case counts. */
export function matches(pattern: Pattern, type: string): boolean {
  return "exact" in pattern ? pattern.exact === type : type.startsWith(pattern.prefix);
}
