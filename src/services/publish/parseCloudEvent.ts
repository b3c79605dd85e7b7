import { members } from "#domain/rawJson.ts";
import type { EventInput, EventPlaces, Reading } from "./event.ts";
import { checkEventText } from "./eventText.ts";
import { checkMetadata, EventFaults, optionalText, optionalTimestamp, requiredId, requiredText } from "./fields.ts";
import { asObject } from "./parseEvent.ts";

/** Attributes with a place of their own in an event; every other one becomes a member of `metadata`, as sent. */
const MAPPED = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "time",
  "datacontenttype",
  "data",
  "data_base64",
  "tenantid",
  "userid",
  "correlationid",
  "traceparent",
  "dataversion",
  "catalog",
  "partitionkey",
]);
// CloudEvents 1.0.2 section 3.1: names of attributes.
const NAME = /^[a-z0-9]{1,64}$/;
const places: EventPlaces = {
  tenantId: "/tenantid",
  version: "/dataversion",
  userId: "/userid",
  correlationId: "/correlationid",
  traceId: "/traceparent",
  orderingKey: "/partitionkey",
  timestamp: "/time",
  metadata: "",
  data: "/data",
};
const JSON_TYPE = /^[a-z0-9!#$&^_.+-]+\/(?:[a-z0-9!#$&^_.-]+\+)?json\s*(?:;|$)/i;

/**
 * Reads one CloudEvent (1.0, JSON format, structured mode). Extensions: `tenantid` (required), `userid`, `correlationid`, `traceparent`,
 * `dataversion`, `catalog`, `partitionkey` (the ordering key). An event without `data` has the data `null`.
 * @throws {Problem} with every fault of the attributes
 */
export function parseCloudEvent(
  text: string,
  value: unknown,
  pointer: string,
  { limits, clock, catalog }: Reading,
): EventInput {
  const event = asObject(value, pointer);
  checkEventText(text, event, limits, pointer);
  const faults = new EventFaults(pointer);
  checkAttributes(event, faults);
  const raw = members(text).values;
  const extras: string[] = [];
  for (const [name, { start, end }] of raw) {
    if (!MAPPED.has(name)) extras.push(`${JSON.stringify(name)}:${text.slice(start, end)}`);
  }
  const metadata = extras.length === 0 ? null : `{${extras.join(",")}}`;
  if (metadata !== null) checkMetadata({}, metadata, "", faults);
  const data = raw.get("data");
  const input: EventInput = {
    externalId: requiredId(event["id"], "id", faults),
    tenantId: requiredId(event["tenantid"], "tenantid", faults),
    catalog: catalogOf(event["catalog"], catalog?.known.name, faults),
    type: requiredText(event["type"], "type", faults),
    version: optionalText(event["dataversion"], "dataversion", faults),
    schemaRef: schemaRefOf(event["dataschema"]),
    occurredAt: optionalTimestamp(event["time"], "time", clock, faults),
    source: requiredText(event["source"], "source", faults),
    userId: optionalText(event["userid"], "userid", faults),
    correlationId: optionalText(event["correlationid"], "correlationid", faults),
    traceId: optionalText(event["traceparent"], "traceparent", faults),
    orderingKey: optionalText(event["partitionkey"], "partitionkey", faults),
    metadata,
    data: data === undefined ? "null" : text.slice(data.start, data.end),
    native: null,
    at: pointer,
    places,
  };
  faults.check();
  return input;
}

/** The attribute, the path's, or the default one; where both say it they must agree. */
function catalogOf(value: unknown, path: string | undefined, faults: EventFaults): string {
  const own = optionalText(value, "catalog", faults);
  if (own !== null && path !== undefined && own !== path) {
    faults.add("invalidEnvelope", "catalog", `must be ${path}, the catalog of the path, or be left out`);
  }
  return own ?? path ?? "default";
}

/** What stands behind `/schemas/` at the end of a URL of ours: a catalog's schemas are served there. */
function schemaRefOf(dataschema: unknown): EventInput["schemaRef"] {
  const name = typeof dataschema === "string" ? /\/schemas\/([^/?#]+)$/.exec(dataschema)?.[1] : undefined;
  return name === undefined ? null : { name, binding: false };
}

function checkAttributes(event: Readonly<Record<string, unknown>>, faults: EventFaults): void {
  if (event["specversion"] !== "1.0") faults.add("invalidRequest", "specversion", 'must be "1.0"');
  if ("data_base64" in event) faults.add("invalidRequest", "data_base64", "is not supported: send JSON in data");
  const contentType = event["datacontenttype"];
  if (contentType !== undefined && (typeof contentType !== "string" || !JSON_TYPE.test(contentType))) {
    faults.add("invalidRequest", "datacontenttype", "must be a JSON media type, such as application/json");
  }
  for (const [name, value] of Object.entries(event)) {
    if (MAPPED.has(name)) continue;
    if (!NAME.test(name))
      faults.add("invalidRequest", name, "is not a name of a CloudEvents attribute: lower-case letters and digits");
    else if (typeof value === "object") faults.add("invalidRequest", name, "must be a text, a number or a boolean");
  }
}
