export interface BadText {
  /** RFC 6901, from the document's root; of a bad key, its value's. */
  pointer: string;
  kind: "nul" | "loneSurrogate";
}

/**
 * The first string or key that PostgreSQL or UTF-8 cannot hold: one with U+0000 or a lone surrogate. Null when all is well.
 * @param rawJson text that `JSON.parse` has accepted.
 */
export function findBadText(rawJson: string): BadText | null {
  // Well-formed JSON can hold either only as an escape, and almost no document has such an escape: one quick look.
  if (rawJson.isWellFormed() && !/\\u(?:0000|[dD][89a-fA-F])/.test(rawJson)) return null;
  const found = walk(JSON.parse(rawJson));
  if (found !== null) return found;
  // A key that stands twice hides its first value from the parser, but not from whoever reads the stored text.
  const hidden = judgeEscapes(rawJson) ?? judge(rawJson);
  return hidden === null ? null : { pointer: "", kind: hidden };
}

/** Whether a string can be stored and sent: no U+0000, no lone surrogate. */
export function isCleanText(text: string): boolean {
  return judge(text) === null;
}

function judge(text: string): BadText["kind"] | null {
  if (text.includes("\0")) return "nul";
  return text.isWellFormed() ? null : "loneSurrogate";
}

/** Depth first, in document order, with a stack of its own: nesting may be deeper than the call stack. */
function walk(root: unknown): BadText | null {
  const waiting: { value: unknown; pointer: string; key: string }[] = [{ value: root, pointer: "", key: "" }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, pointer, key } = next;
    const kind = judge(key) ?? (typeof value === "string" ? judge(value) : null);
    if (kind !== null) return { pointer, kind };
    if (typeof value !== "object" || value === null) continue;
    const children = Object.entries(value).toReversed();
    for (const [name, child] of children) {
      waiting.push({ value: child, pointer: `${pointer}/${escapeSegment(name)}`, key: name });
    }
  }
  return null;
}

/** A pointer goes into an answer, so what is bad in a key must not come back in it. */
function escapeSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("\0", "\uFFFD").toWellFormed();
}

function judgeEscapes(rawJson: string): BadText["kind"] | null {
  let high = false;
  let end = 0;
  // Escapes are read one after the other, so that the second backslash of `\\u0000` does not begin one.
  for (const escape of rawJson.matchAll(/\\(?:u([0-9a-fA-F]{4})|[^])/g)) {
    const unit = escape[1] === undefined ? -1 : Number.parseInt(escape[1], 16);
    if (high && (escape.index !== end || unit < 0xdc00 || unit > 0xdfff)) return "loneSurrogate";
    if (unit === 0) return "nul";
    if (!high && unit >= 0xdc00 && unit <= 0xdfff) return "loneSurrogate";
    high = unit >= 0xd800 && unit <= 0xdbff;
    end = escape.index + escape[0].length;
  }
  return high ? "loneSurrogate" : null;
}
