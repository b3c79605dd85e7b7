import { z } from "@hono/zod-openapi";
import type { TypeVersion } from "#domain/catalog/document.ts";
import { members } from "#domain/rawJson.ts";
import { compactJson } from "#services/compactJson.ts";
import {
  catalogOf,
  type DocumentedType,
  type EventTypeDetail,
  type EventTypeSummary,
  type EventTypeVersion,
  type TypeName,
} from "#services/eventTypes.ts";
import { boundedText, shownTime } from "../schemas.ts";

/** What the event types' routes share. */

const typeName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,128}$/, "must be 1 to 128 letters, digits, and . _ -")
  .openapi({ example: "invoice.paid" });
export const catalogName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 letters, digits, and . _ -")
  .openapi({ example: "default" });
export const versionName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, "must be 1 to 64 letters, digits, and . _ -")
  .openapi({ example: "1" });

export const typeParams = z.object({ name: typeName });
export const versionParams = z.object({ name: typeName, version: versionName });
export const catalogQuery = z.strictObject({ catalog: catalogName.optional() });

const jsonSchema = z.union([z.record(z.string(), z.unknown()), z.boolean(), z.null()]).openapi({
  type: ["object", "boolean", "null"],
  description:
    "JSON Schema 2020-12, 64 KiB at most: no remote references, no cycles, no patternProperties; patterns as RE2 takes them",
  example: { type: "object", required: ["amount"], properties: { amount: { type: "number" } } },
});
const example = z
  .unknown()
  .openapi({ description: "Data of such an event; must match the schema", example: { amount: 12.5 } });

const described = {
  description: boundedText(1024).nullable().optional(),
  category: boundedText(128).nullable().optional(),
};
const content = { schema: jsonSchema.optional(), example: example.optional() };

export const eventTypeInput = z
  .strictObject({
    name: typeName,
    ...described,
    catalog: catalogName.default("default"),
    deprecated: z.boolean().default(false),
    version: versionName.optional(),
    ...content,
  })
  .openapi("EventTypeInput", {
    example: {
      name: "invoice.paid",
      description: "An invoice was paid in full",
      schema: { type: "object", required: ["amount"], properties: { amount: { type: "number" } } },
      example: { amount: 12.5 },
    },
  });

export const eventTypePatch = z
  .strictObject({ ...described, deprecated: z.boolean().optional() })
  .openapi("EventTypePatch", { example: { deprecated: true } });

export const versionInput = z.strictObject(content).openapi("EventTypeVersionInput", {
  example: { schema: { type: "object", required: ["amount"] }, example: { amount: 12.5 } },
});

export const version = z
  .object({
    version: versionName,
    ref: z.string().nullable().openapi({
      description: "Of an installed catalog: GET /v1/catalogs/{catalog}/schemas/{ref} answers the schema",
      example: "invoice.paid.v1",
    }),
    schema: jsonSchema,
    example,
    deprecated: z
      .object({ message: z.string(), since: z.string().optional(), sunset: z.string().optional() })
      .nullable()
      .openapi({ description: "The notice that events of this version carry" }),
    downgrade: z.boolean().openapi({ description: "Whether its events can be had in the version before" }),
    retiredAt: shownTime.nullable().openapi({ description: "Since when nothing is published in it" }),
    pinnedBy: z.int().openapi({ description: "Subscriptions that ask for it; a tenant counts its own", example: 2 }),
    createdAt: shownTime,
    updatedAt: shownTime,
  })
  .openapi("EventTypeVersion");

const pointers = z.array(z.string()).openapi({ example: ["/data/organizationId"] });

/** What the document of an installed catalog says of a type, besides its versions. */
const documentedFields = {
  triggeredWhen: z.array(z.string()).optional(),
  notifications: z.array(z.record(z.string(), z.unknown())).optional().openapi({
    description: "What the company's own notification service does about it: texts, channels, conditions",
  }),
  orderingKey: pointers.optional(),
  throttle: z.record(z.string(), z.unknown()).optional(),
  preference: z.object({ name: z.string(), users: pointers }).optional(),
  derives: z.array(z.string()).optional().openapi({ description: "The event types that follow from it" }),
  gateway: z.boolean().optional().openapi({ description: "The gateway makes it: nobody publishes it" }),
  envelope: z.string().optional().openapi({ description: "The name of its envelope", example: "event" }),
  templates: z.array(z.string()).optional().openapi({ description: "The subscription templates that ask for it" }),
};

const shown = {
  catalog: catalogName,
  name: typeName,
  description: z.string().nullable().openapi({ example: "An invoice was paid in full" }),
  category: z.string().nullable().openapi({ example: "Billing" }),
  deprecated: z.boolean().openapi({ example: false }),
  createdAt: shownTime,
  updatedAt: shownTime,
};
export const eventType = z
  .object({ ...shown, ...documentedFields, versions: z.array(version).openapi({ description: "Newest first" }) })
  .openapi("EventType");
export const eventTypeSummary = z
  .object({ ...shown, versions: z.array(versionName).openapi({ description: "Newest first", example: ["1"] }) })
  .openapi("EventTypeSummary");

export function typeOf(name: string, catalog: string | undefined): TypeName {
  return { name, catalog: catalogOf(name, catalog) };
}

/** `schema` and `example` from the body's text, as they were written but for white space. `null` is no schema, but is an example. */
export function readContent(text: string): { schema: string | null; example: string | null } {
  const { values } = members(text);
  const read = (name: string): string | null => {
    const place = values.get(name);
    return place === undefined ? null : compactJson(text.slice(place.start, place.end));
  };
  const schema = read("schema");
  return { schema: schema === "null" ? null : schema, example: read("example") };
}

export function showSummary(type: EventTypeSummary) {
  return { ...showFields(type), versions: [...type.versions] };
}

/** JSON text: schemas and examples stand in it as they were registered. */
export function showDetail(type: EventTypeDetail): string {
  const { documented } = type;
  const said = new Map(documented?.type.versions.map((one) => [one.version, one]));
  const versions = type.versions.map((row) => showVersion(row, said.get(row.version)));
  const head = JSON.stringify({ ...showFields(type), ...(documented === null ? {} : showDocumented(documented)) });
  return `${head.slice(0, -1)},"versions":[${versions.join(",")}]}`;
}

function showDocumented({ type, envelope, templates }: DocumentedType) {
  const { triggeredWhen, notifications, orderingKey, throttle, preference, derives, gateway } = type;
  const types = derives?.map((derivation) => derivation.type);
  const said = { triggeredWhen, notifications, orderingKey, throttle, preference, derives: types, gateway };
  return { ...said, envelope, templates };
}

/** JSON text. @param said what the document of its catalog says of it */
export function showVersion(row: EventTypeVersion, said?: TypeVersion): string {
  const { version: name, ref, schema, example: data, retiredAt, pinnedBy } = row;
  const times = { createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
  const downgrade = said?.downgrade !== undefined;
  const state = { deprecated: said?.deprecated ?? null, downgrade, retiredAt: retiredAt?.toISOString() ?? null };
  const head = JSON.stringify({ version: name, ref, ...state, pinnedBy, ...times }).slice(0, -1);
  return `${head},"schema":${schema ?? "null"},"example":${data ?? "null"}}`;
}

function showFields({
  catalog,
  name,
  description,
  category,
  deprecated,
  createdAt,
  updatedAt,
}: Omit<EventTypeSummary, "versions">) {
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { catalog, name, description, category, deprecated, ...times };
}
