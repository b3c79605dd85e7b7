import type { Allowance, OnFailure } from "#db/schema.ts";
import { Problem } from "#domain/problems.ts";
import { requireCatalog } from "./catalogs/required.ts";
import type { Context } from "./context.ts";
import { readPatterns } from "./eventPatterns.ts";

/** What a subscription can be given; null takes a field away. */
export interface SubscriptionFields {
  readonly eventTypes?: readonly string[] | undefined;
  readonly catalog?: string | null | undefined;
  readonly version?: string | null | undefined;
  readonly filter?: string | null | undefined;
  readonly transform?: string | null | undefined;
  readonly throttle?: Allowance | null | undefined;
  readonly ordering?: { readonly onFailure: OnFailure } | null | undefined;
}

/**
 * What a new subscription asks for: the fields that are given, and those of the catalog's template that are not. They are copied: a later
 * change of the catalog does not change the subscription.
 * @throws {Problem} unknownCatalog, unknownTemplate, invalidRequest (a template without its catalog)
 */
export async function fillIn(
  ctx: Context,
  { template: name, ...given }: SubscriptionFields & { readonly template?: string | undefined },
): Promise<SubscriptionFields> {
  if (name === undefined) return given;
  if (typeof given.catalog !== "string") {
    const fault = { pointer: "/catalog", detail: "must name the template's catalog" };
    throw new Problem("invalidRequest", "A template belongs to a catalog: name both.", [fault]);
  }
  const catalog = await requireCatalog(ctx, given.catalog, "/catalog");
  const template = catalog?.document.templates?.find((one) => one.name === name);
  if (template === undefined) {
    const detail = `The catalog ${given.catalog} has no subscription template ${JSON.stringify(name)}.`;
    throw new Problem("unknownTemplate", detail, [
      { pointer: "/template", detail: "names no template of the catalog" },
    ]);
  }
  const { eventTypes, version, filter, transform } = template;
  return {
    catalog: given.catalog,
    eventTypes: given.eventTypes ?? eventTypes,
    version: given.version === undefined ? version : given.version,
    filter: given.filter === undefined ? filter : given.filter,
    transform: given.transform === undefined ? transform : given.transform,
    throttle: given.throttle,
    ordering: given.ordering,
  };
}

/** In the order in which both statements take them. @throws {Problem} invalidRequest */
export function fieldValues(fields: SubscriptionFields): readonly unknown[] {
  const patterns = fields.eventTypes === undefined ? null : readPatterns(fields.eventTypes);
  return [
    patterns?.eventTypes ?? null,
    patterns?.exactTypes ?? null,
    patterns?.prefixes ?? null,
    fields.catalog ?? null,
    fields.version ?? null,
    fields.filter ?? null,
    fields.transform ?? null,
    fields.throttle == null ? null : JSON.stringify(fields.throttle),
    fields.ordering?.onFailure ?? null,
  ];
}
