import type { Json, JsonSchema } from "./document.ts";

/**
 * The schema with those of the catalog's definitions that it refers to, directly or through one another, under `$defs`. A definition of
 * the schema's own stays, and is the one that counts. References that lead nowhere stay too: registering the schema finds them.
 */
export function withDefinitions(schema: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): JsonSchema {
  if (typeof schema === "boolean") return schema;
  const own = isMap(schema["$defs"]) ? schema["$defs"] : {};
  const used = new Map<string, JsonSchema>();
  const open: Json[] = [schema];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    for (const [keyword, value] of Object.entries(node)) {
      open.push(value);
      const name = keyword === "$ref" ? definitionOf(value) : null;
      if (name === null || used.has(name) || Object.hasOwn(own, name)) continue;
      const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
      if (definition === undefined) continue;
      used.set(name, definition);
      open.push(definition);
    }
  }
  return used.size === 0 ? schema : { ...schema, $defs: { ...own, ...Object.fromEntries(inOrder(used)) } };
}

/** The definition's name in `#/$defs/<name>`, or in a pointer into it; null for any other reference. */
function definitionOf(ref: Json): string | null {
  const segment = typeof ref === "string" ? /^#\/\$defs\/([^/]+)/.exec(ref)?.[1] : undefined;
  if (segment === undefined) return null;
  // RFC 6901 section 6: a pointer in a fragment is percent-encoded first.
  return decoded(segment).replaceAll("~1", "/").replaceAll("~0", "~");
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** By name: the text of a schema stays the same when its properties change places. */
function inOrder(used: ReadonlyMap<string, JsonSchema>): [string, JsonSchema][] {
  return [...used].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function isMap(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
