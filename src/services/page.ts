/** What a list is asked for: `after` is the key of the last item of the page before, null for the first page. */
export interface PageRequest {
  readonly limit: number;
  readonly after: string | null;
}

/** `next`: the key to ask the next page with; null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Cuts a page from rows that were read with `limit + 1`: the one too many says that another page follows. */
export function cutPage<T>(rows: readonly T[], limit: number, keyOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? keyOf(last) : null };
}
