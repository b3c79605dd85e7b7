import { stringify } from "yaml";
import type { Api } from "./deps.ts";

/** The OpenAPI 3.1 document of the routes, as YAML. */
export function describeApi(api: Api): string {
  api.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description:
      "An API key, or a JWT with the claims `scope` (`posthorn:operator`, `posthorn:publisher`, `posthorn:support` or `posthorn:tenant`) and, for a tenant, `tenantId`.",
  });
  const document = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Posthorn",
      version: "1.0.0",
      description:
        "Outbound webhooks: publish events, and tenants' endpoints get them, signed. Errors are `application/problem+json` (RFC 9457); every code is explained at /docs/errors. Lists answer `{data, nextCursor}` and take `limit` and `cursor`. Every response has `x-request-id`.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/", description: "This gateway" }],
    tags,
  });
  document.components = { ...document.components, headers };
  for (const path of Object.values(document.paths ?? {})) {
    for (const method of ["get", "put", "post", "delete", "patch"] as const) addHeaders(path[method]?.responses ?? {});
  }
  // Read by YAML 1.1 parsers too, to which a bare `yes` or a time is not a string.
  const header = "# Generated from the routes by src/cli/openapi.ts: change them, not this file.\n";
  return header + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, schema: "yaml-1.1" });
}

const tags = [
  { name: "Events", description: "Publishing, and reading what was published" },
  { name: "Event types", description: "What may be published, with schemas and examples" },
  { name: "Catalogs", description: "Companies' own lists of event types, with their envelopes and rules" },
  { name: "Tenants", description: "The operator's customers" },
  { name: "Endpoints", description: "Where a tenant's events go" },
  { name: "Secrets", description: "What deliveries are signed with" },
  { name: "Subscriptions", description: "Which event types an endpoint gets" },
  { name: "Deliveries", description: "What was sent, or will be, and how it went" },
  { name: "Replays", description: "Sending many deliveries again, or for the first time" },
  { name: "API keys", description: "Who may call the API" },
  { name: "Gateway", description: "The process itself" },
];

const headers = {
  RequestId: {
    description: "The id of this request, which the gateway's log has too",
    schema: { type: "string", example: "req_01j9zq2w6kf3t8v5b0c7x4m1ne" },
  },
  Challenge: { description: "RFC 6750", schema: { type: "string", example: 'Bearer realm="posthorn"' } },
  RetryAfter: { description: "Seconds to wait before trying again", schema: { type: "integer", example: 1 } },
} as const;

/** What the middleware and the problems add to every answer. */
function addHeaders(responses: Record<string, { headers?: Record<string, unknown> }>): void {
  for (const [status, response] of Object.entries(responses)) {
    response.headers = {
      ...response.headers,
      "x-request-id": { $ref: "#/components/headers/RequestId" },
      ...(status === "401" ? { "www-authenticate": { $ref: "#/components/headers/Challenge" } } : {}),
      ...(status === "503" ? { "retry-after": { $ref: "#/components/headers/RetryAfter" } } : {}),
    };
  }
}
