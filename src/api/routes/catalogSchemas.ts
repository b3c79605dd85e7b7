import { z } from "@hono/zod-openapi";
import type { CatalogDetail, CatalogSummary } from "#services/catalogs.ts";
import type { InstalledCatalog } from "#services/catalogs/install.ts";
import { shownTime } from "../schemas.ts";
import { catalogName } from "./eventTypeSchemas.ts";

/** What the catalogs' routes share. */

export const catalogParams = z.object({ catalog: catalogName });
export const schemaParams = z.object({
  catalog: catalogName,
  ref: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, "must be 1 to 200 letters, digits, and . _ -")
    .openapi({ description: "The name of a version's schema", example: "order.paid.v1" }),
});
export const installQuery = z.strictObject({
  dryRun: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ type: "boolean", default: false, description: "Says what installing would do, and does nothing" }),
});

export const catalogDocument = z.record(z.string(), z.unknown()).openapi("CatalogDocument", {
  description: "A catalog, in the form that /catalog.schema.json says",
  example: {
    catalog: "shop",
    title: "A shop",
    naming: { pattern: "[a-z]+(\\.[a-z_]+)+", words: "lower case, with dots: order.paid" },
    envelopes: [
      {
        name: "event",
        fields: {
          id: { pointers: ["/id"], required: true, example: "e-1" },
          type: { pointers: ["/type"], required: true },
          tenantId: { pointers: ["/shop"], required: true, example: "shop-7" },
          data: { pointers: ["/data"], required: true },
        },
      },
    ],
    types: [
      {
        name: "order.paid",
        description: "An order was paid.",
        versions: [{ version: "v1", schema: { type: "object" }, example: { orderId: "o-1" } }],
      },
    ],
  },
});

const shown = {
  catalog: catalogName,
  title: z.string().nullable().openapi({ example: "A shop" }),
  description: z.string(),
  revision: z.int().openapi({ description: "Grows with every change", example: 3 }),
  eventTypes: z.int().openapi({ description: "How many it has", example: 24 }),
  versions: z.int().openapi({ description: "Of all of them together, retired ones left out", example: 25 }),
  createdAt: shownTime,
  updatedAt: shownTime,
};
export const catalogSummary = z.object(shown).openapi("CatalogSummary");
export const catalogDetail = z
  .object({
    ...shown,
    document: catalogDocument.nullable().openapi({
      type: ["object", "null"],
      description: "As it was installed: what PUT takes. Null: its types are registered one by one",
    }),
  })
  .openapi("Catalog");

const change = z.object({
  pointer: z.string().openapi({
    description: "JSON Pointer into the new document; of what is removed, into the old one",
    example: "/types/3/versions/1",
  }),
  detail: z.string().openapi({ example: "order.paid v2" }),
});
export const installed = z
  .object({
    catalog: catalogName,
    revision: z.int().openapi({ description: "As it is now; 0: it is not installed", example: 3 }),
    changed: z.boolean().openapi({ description: "Whether installing changed something, or would" }),
    diff: z.object({
      added: z.array(change),
      changed: z.array(change),
      removed: z.array(change),
      breaking: z.array(change).openapi({ description: "What would break what is published: empty but for a dry run" }),
    }),
  })
  .openapi("InstalledCatalog");

export function showCatalogSummary({ createdAt, updatedAt, ...row }: CatalogSummary) {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}

/** JSON text: the document stands in it as it was installed. */
export function showCatalog({ document, ...summary }: CatalogDetail): string {
  return `${JSON.stringify(showCatalogSummary(summary)).slice(0, -1)},"document":${document ?? "null"}}`;
}

export function showInstalled({ catalog, revision, changed, diff }: InstalledCatalog) {
  const { added, changed: others, removed, breaking } = diff;
  const shownBreaks = breaking.map(({ pointer, detail }) => ({ pointer, detail }));
  return {
    catalog,
    revision,
    changed,
    diff: { added: [...added], changed: [...others], removed: [...removed], breaking: shownBreaks },
  };
}
