/**
 * A text that PostgreSQL takes: what an expression or a derived document yields may hold U+0000 or half of a surrogate pair, and so may what
 * is left of a text that is cut.
 */
export function storable(text: string, maxCharacters = text.length): string {
  return text.slice(0, maxCharacters).toWellFormed().replaceAll("\0", "\ufffd");
}
