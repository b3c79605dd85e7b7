import type { EventToShape } from "#db/sql/delivery.ts";
import type { CatalogType } from "#domain/catalog/document.ts";
import { envelopeFor, refOf, writeEnvelope, type EnvelopeParts } from "#domain/catalog/envelope.ts";
import type { Notice, Rewriting } from "#domain/catalog/rewrite.ts";
import { members, precise } from "#domain/rawJson.ts";
import type { KnownCatalog, KnownCatalogs } from "#services/catalogs/known.ts";
import type { EventTypes, KnownType } from "#services/publish/eventTypes.ts";
import type { Evaluator } from "../expressions/evaluator.ts";

/** What judging an event takes. */
export interface Knowledge {
  readonly types: EventTypes;
  readonly catalogs: KnownCatalogs;
  readonly evaluator: Evaluator;
}

/** What an event's catalog says about its type. */
export interface About {
  readonly catalog: KnownCatalog;
  readonly type: CatalogType;
}

/** The event as a subscriber who pinned a version gets it; `error`: it cannot be made for them. */
export type Shape = Rewriting & { readonly error: string | null };

/** Null: the type was registered on its own, or its catalog is gone. */
export async function aboutOf({ catalogs }: Knowledge, event: EventToShape): Promise<About | null> {
  if (event.catalog_revision === null) return null;
  const catalog = await catalogs.at(event.catalog, Number(event.catalog_revision));
  const type = catalog?.types.get(event.type);
  return catalog === null || type === undefined ? null : { catalog, type };
}

/** The type at the event's revision or, where it has changed since, a later one, with its compiled schemas; null: it is gone. */
export async function typeOf({ types }: Knowledge, event: EventToShape): Promise<KnownType | null> {
  if (event.type_revision === null) return null;
  const known = types.peek(event.catalog, event.type);
  return known !== undefined && known.revision === Number(event.type_revision)
    ? known
    : types.refresh(event.catalog, event.type);
}

/** An event's data as JSON text. */
export function dataOf(body: string): string {
  const place = members(body).values.get("data");
  return place === undefined ? "null" : body.slice(place.start, place.end);
}

/** What the event consists of, by role. */
export function partsOf(event: EventToShape): EnvelopeParts {
  const { values } = members(event.body);
  const text = (name: string): string | null => {
    const place = values.get(name);
    return place === undefined ? null : event.body.slice(place.start, place.end);
  };
  const value = (name: string): string | null => {
    const json = text(name);
    return json === null ? null : String(JSON.parse(json));
  };
  return {
    id: value("id"),
    type: event.type,
    version: event.version,
    timestamp: value("timestamp"),
    tenantId: value("tenantId"),
    userId: value("userId"),
    source: value("source"),
    correlationId: value("correlationId"),
    traceId: event.trace_id,
    orderingKey: event.ordering_key,
    metadata: text("metadata"),
    data: text("data"),
  };
}

/** The event in its catalog's envelope: as it was published, or written now. */
export function nativeOf({ catalog, type }: About, event: EventToShape): string {
  if (event.native !== null) return event.native;
  const version = type.versions.find((v) => v.version === event.version) ?? type.versions.at(-1);
  return writeEnvelope(envelopeFor(catalog.document, type.name), {
    ...partsOf(event),
    ...(version === undefined ? {} : { version: version.version, schemaRef: refOf(type.name, version) }),
  });
}

/**
 * Takes the event down to the pinned version, where it is newer, by one expression after the other; each result must fulfil its version's
 * schema. A type that never had the pinned version is delivered as it is.
 */
export async function shapeOf(
  knowledge: Knowledge,
  about: About | null,
  event: EventToShape,
  pin: string | null,
): Promise<Shape> {
  const type = pin === null ? null : await typeOf(knowledge, event);
  const versions = about?.type.versions.map((v) => v.version) ?? [...(type?.versions.keys() ?? [])];
  const published = event.version ?? versions.at(-1) ?? null;
  const from = published === null ? -1 : versions.indexOf(published);
  const to = pin === null ? -1 : versions.indexOf(pin);
  if (pin === null || to < 0 || from <= to) {
    return { downgrade: null, notice: noticeOf(about, published), error: null };
  }
  const made = await downgrade(knowledge, about, type, versions.slice(to, from + 1), event);
  if ("error" in made) return { downgrade: null, notice: null, error: made.error };
  const pinned = about?.type.versions[to] ?? { version: pin };
  return {
    downgrade: { version: pin, ref: refOf(event.type, pinned), data: made.data },
    notice: noticeOf(about, pin),
    error: null,
  };
}

function noticeOf(about: About | null, version: string | null): Notice | null {
  const found = about?.type.versions.find((v) => v.version === version);
  return found?.deprecated === undefined ? null : { ...found.deprecated, version: found.version };
}

async function downgrade(
  { evaluator }: Knowledge,
  about: About | null,
  type: KnownType | null,
  versions: readonly string[],
  event: EventToShape,
): Promise<{ readonly data: string } | { readonly error: string }> {
  let data = dataOf(event.body);
  for (let i = versions.length - 1; i > 0; i--) {
    const [newer, older] = [versions[i] ?? "", versions[i - 1] ?? ""];
    const expression = about?.type.versions.find((v) => v.version === newer)?.downgrade;
    if (expression === undefined) return { error: `version ${newer} has no way down to ${older}` };
    const step = await evaluator.evaluate(expression, data, event.tenant_id);
    if (!step.ok) return { error: `version ${newer} could not be taken down to ${older}: ${step.message}` };
    if (step.result === "") return { error: `version ${newer} could not be taken down to ${older}: nothing was left` };
    const [fault] = type?.versions.get(older)?.validate(precise(step.result)) ?? [];
    if (fault !== undefined) {
      return {
        error: `what came of taking version ${newer} down to ${older} breaks its schema: ${fault.pointer} ${fault.detail}`,
      };
    }
    data = step.result;
  }
  return { data };
}
