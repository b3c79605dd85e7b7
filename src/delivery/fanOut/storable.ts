/** A text that PostgreSQL takes: what an expression or a derived document yields may hold U+0000 or half of a surrogate pair. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "�");
}
