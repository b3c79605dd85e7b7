import { createRoute, z } from "@hono/zod-openapi";
import { Problem } from "#domain/problems.ts";
import type { Beside } from "#services/publish/event.ts";
import type { BodyForm } from "#services/publish/parseBody.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation } from "../kit.ts";
import { cloudEvent, cloudEventBatch } from "./cloudEvents.ts";
import { batchAnswer, idempotencyHeader, published } from "./eventSchemas.ts";
import { answerPublish, formOf, publishProblems, singleTypes } from "./publishing.ts";

const beside = z.string().min(1).max(256).optional();

const publishCatalogEvent = createRoute({
  method: "post",
  path: "/v1/catalogs/{catalog}/events",
  operationId: "publishCatalogEvent",
  tags: ["Events"],
  summary: "Publish events in the catalog's own envelope",
  description:
    "One document as the catalog describes it, or a list of up to 1,000 (answered as /v1/events/batch). It is kept, and sent to endpoints of the format `native`, byte for byte. What its envelope does not carry is given in the query. Takes CloudEvents of the catalog too.",
  request: {
    params: z.object({
      catalog: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')
        .openapi({ description: "An installed catalog", example: "base-events" }),
    }),
    query: z.strictObject({
      type: beside.openapi({ description: "The event type, where the document does not say it" }),
      id: beside.openapi({ description: "The event's id, where the document has none; not for a list" }),
      tenantId: beside.openapi({
        description:
          "The tenant, where the document does not say it; else the one that the key is bound to, or the catalog's default",
      }),
      version: beside.openapi({ description: "The version, where the document does not say it; else the latest" }),
      timestamp: beside.openapi({ description: "When it happened, where the document does not say it" }),
    }),
    headers: idempotencyHeader,
    body: {
      required: true,
      content: {
        "application/json": {
          schema: z.union([z.looseObject({}), z.array(z.looseObject({})).min(1).max(1000)]).openapi({
            description: "A document in the catalog's envelope, or a list of them",
            example: {
              eventId: "3f2b8c1e-6d4a-4f0b-9a57-0b8f1c6d2e01",
              eventType: "OrganizationCreated",
              eventVersion: "v1",
              timestamp: "2026-01-31T09:30:00Z",
              source: "organization-service",
              correlationId: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
              organizationId: "acme",
              data: { organizationId: "acme", name: "Acme Corp" },
            },
          }),
        },
        "application/cloudevents+json": { schema: cloudEvent },
        "application/cloudevents-batch+json": { schema: cloudEventBatch },
      },
    },
  },
  responses: {
    202: {
      description: "It is committed",
      headers: z.object({
        "idempotent-replayed": z.literal("true").optional().openapi({
          description: "The same event was accepted before: this is the answer it got then",
        }),
      }),
      content: { "application/json": { schema: z.union([published, batchAnswer]) } },
    },
  },
});

export function registerCatalogEvents(api: Api, deps: ApiDeps): void {
  const { limits, clock } = deps;
  const access = {
    roles: ["operator", "publisher"],
    problems: [...publishProblems, "tooManyEvents", "noneAccepted"],
    maxBodyBytes: deps.config.maxBatchBytes,
    rawBody: singleTypes,
  } as const;
  addOperation(api, deps, access, publishCatalogEvent, async (c) => {
    const principal = c.get("principal");
    const name = c.req.valid("param").catalog;
    const known = await c.get("budget").spend(() => deps.contextFor(principal).catalogs.get(name));
    if (known === null) throw new Problem("notFound", `No catalog ${name} with an envelope of its own is installed.`);
    const query = c.req.valid("query");
    const form = formOf(c, c.get("text").trimStart().startsWith("[") ? "nativeBatch" : "native");
    requireUseful(form, query);
    return answerPublish(c, deps, form, {
      limits,
      clock,
      catalog: { known, beside: query, ownTenant: principal.tenantId },
    });
  });
}

/** What would be left unread is refused. */
function requireUseful(form: BodyForm, query: Beside): void {
  const [name] = Object.keys(query);
  if (name !== undefined && (form === "cloudEvent" || form === "cloudEventBatch")) {
    throw new Problem("invalidParameter", "A CloudEvent says by itself what the query says.", [
      { pointer: `query/${name}`, detail: "cannot be given with CloudEvents: each has an attribute for it" },
    ]);
  }
  if (form === "nativeBatch" && query.id !== undefined) {
    throw new Problem("invalidParameter", "One id cannot be the id of many events.", [
      { pointer: "query/id", detail: "may be given with one document only" },
    ]);
  }
}
