/** The segments of a JSON Pointer (RFC 6901 section 3), or null when the text is not one. `""` is the whole document: no segments. */
export function parsePointer(pointer: string): readonly string[] | null {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value that a pointer leads to in parsed JSON; undefined: it leads nowhere. */
export function resolvePointer(document: unknown, pointer: string): unknown {
  return resolveSegments(document, parsePointer(pointer) ?? [""]);
}

/** The same for a pointer that was taken apart before. */
export function resolveSegments(document: unknown, segments: readonly string[]): unknown {
  let value = document;
  for (const segment of segments) {
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(segment) ? value[Number(segment)] : undefined;
    else if (typeof value === "object" && value !== null && Object.hasOwn(value, segment))
      value = Reflect.get(value, segment);
    else return undefined;
  }
  return value;
}

/** The first text, not an empty one, that one of the pointers leads to: an ordering key, or a throttle's. */
export function firstText(document: unknown, pointers: readonly string[]): string | null {
  for (const segments of segmentsOf(pointers)) {
    const value = resolveSegments(document, segments);
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** Where the first text stood: for whoever has something to say about it. */
export function placeOf(document: unknown, pointers: readonly string[], text: string): string {
  return pointers.find((pointer) => resolvePointer(document, pointer) === text) ?? "";
}

/** Taken apart once for each list: a catalog's are asked for every event. */
const known = new WeakMap<readonly string[], readonly (readonly string[])[]>();

function segmentsOf(pointers: readonly string[]): readonly (readonly string[])[] {
  const before = known.get(pointers);
  if (before !== undefined) return before;
  const segments = pointers.map((pointer) => parsePointer(pointer) ?? [""]);
  known.set(pointers, segments);
  return segments;
}

/** A member's name as a segment of a pointer. */
export function escapeSegment(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
