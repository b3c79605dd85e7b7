/** What a keyword's value is: how it is checked and rewritten. */
export type KeywordKind =
  | "schema"
  | "schemaList"
  | "schemaMap"
  | "namesMap"
  | "names"
  | "count"
  | "containsCount"
  | "number"
  | "positive"
  | "flag"
  | "type"
  | "values"
  | "value"
  | "pattern"
  | "format";

/** The keywords of JSON Schema 2020-12 that assert something. All others are annotations, and left out. */
export const KEYWORDS: ReadonlyMap<string, KeywordKind> = new Map<string, KeywordKind>([
  ["type", "type"],
  ["enum", "values"],
  ["const", "value"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["multipleOf", "positive"],
  ["minLength", "count"],
  ["maxLength", "count"],
  ["pattern", "pattern"],
  ["format", "format"],
  ["items", "schema"],
  ["prefixItems", "schemaList"],
  ["contains", "schema"],
  ["minContains", "containsCount"],
  ["maxContains", "containsCount"],
  ["minItems", "count"],
  ["maxItems", "count"],
  ["uniqueItems", "flag"],
  ["unevaluatedItems", "schema"],
  ["properties", "schemaMap"],
  ["additionalProperties", "schema"],
  ["propertyNames", "schema"],
  ["required", "names"],
  ["dependentRequired", "namesMap"],
  ["dependentSchemas", "schemaMap"],
  ["minProperties", "count"],
  ["maxProperties", "count"],
  ["unevaluatedProperties", "schema"],
  ["allOf", "schemaList"],
  ["anyOf", "schemaList"],
  ["oneOf", "schemaList"],
  ["not", "schema"],
  ["if", "schema"],
  ["then", "schema"],
  ["else", "schema"],
]);

/** Keywords that mean something and cannot be honoured: ignoring them would let through what the schema forbids. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ["patternProperties", "is not supported: name the properties, or use propertyNames with additionalProperties"],
  ["$dynamicRef", "is not supported: use $ref"],
  ["$dynamicAnchor", "is not supported: use $defs and $ref"],
  ["$recursiveRef", "is not supported: use $ref"],
  ["$anchor", "is not supported: refer to subschemas by pointer, such as #/$defs/money"],
  ["$id", "is supported at the top only: it would change what $ref means"],
  ["dependencies", "is not part of JSON Schema 2020-12: use dependentRequired or dependentSchemas"],
  ["additionalItems", "is not part of JSON Schema 2020-12: use prefixItems and items"],
]);

/** The formats that are asserted: each is checked in time linear in the text. */
export const FORMATS: ReadonlySet<string> = new Set([
  "date-time",
  "date",
  "time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uuid",
  "json-pointer",
]);
