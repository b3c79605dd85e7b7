import { z } from "@hono/zod-openapi";
import { decodeId, encodeId, ID_PREFIXES, type IdKind } from "#domain/ids.ts";
import { isCleanText } from "#domain/text.ts";

/** The forms that several resources share. */

/** A TypeID in a request; the handler gets the UUID. */
export function idOf(kind: IdKind) {
  const example = encodeId(kind, exampleUuid);
  return z
    .string()
    .transform((text, ctx) => {
      const uuid = decodeId(kind, text);
      if (uuid !== null) return uuid;
      ctx.addIssue(`must be an id such as ${example}`);
      return z.NEVER;
    })
    .openapi({ type: "string", pattern: `^${ID_PREFIXES[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`, example });
}

/** A TypeID in an answer. */
export function shownId(kind: IdKind) {
  return z.string().openapi({ example: encodeId(kind, exampleUuid) });
}

const exampleUuid = "0192d3e8-5cde-7a3b-9c41-5f2a6b7c8d9e";
export const tenantId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1 to 128 letters, digits, _ or -")
  .openapi({ description: "The operator's own id of the tenant", example: "acme" });

/** ISO 8601 with its offset, in a request. */
export const time = z.iso
  .datetime({ offset: true, error: "must be an ISO 8601 time such as 2026-01-31T09:30:00Z" })
  .transform((text) => new Date(text))
  .openapi({ type: "string", format: "date-time", example: "2026-01-31T09:30:00Z" });

/** ISO 8601 UTC, in an answer. */
export const shownTime = z.string().openapi({ format: "date-time", example: "2026-01-31T09:30:00.000Z" });

/** One line or more of text that can be stored. */
export function boundedText(maxLength: number) {
  return z.string().min(1).max(maxLength);
}

const METADATA_MAX_BYTES = 16_384;
const encoder = new TextEncoder();

/** The caller's own data beside a resource. */
export const metadata = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => encoder.encode(JSON.stringify(value)).length <= METADATA_MAX_BYTES,
    "may have 16 KiB as JSON at most",
  )
  .openapi({
    description: "Yours to use; 16 KiB as JSON at most",
    example: { plan: "pro" },
  });

/** For path and query, where no body check has looked. */
export const cleanText = z.string().max(512).refine(isCleanText, "holds a character that cannot be stored");

/** In an answer. */
export const shownMetadata = z.record(z.string(), z.unknown()).openapi({ example: { plan: "pro" } });

/** A response of JSON. */
export function json<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

/** A body that must be there. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** A body that may be left out, as `{}` may. */
export function optionalJsonBody<T extends z.ZodType>(schema: T) {
  return { required: false, content: { "application/json": { schema } } };
}
