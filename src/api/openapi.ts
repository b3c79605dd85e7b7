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
  const header = "# Generated from the routes by src/cli/openapi.ts: change them, not this file.\n";
  return header + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

const tags = [
  { name: "Events", description: "Publishing, and reading what was published" },
  { name: "Event types", description: "What may be published, with schemas and examples" },
  { name: "Tenants", description: "The operator's customers" },
  { name: "Endpoints", description: "Where a tenant's events go" },
  { name: "Secrets", description: "What deliveries are signed with" },
  { name: "Subscriptions", description: "Which event types an endpoint gets" },
  { name: "Deliveries", description: "What was sent, or will be, and how it went" },
  { name: "API keys", description: "Who may call the API" },
  { name: "Gateway", description: "The process itself" },
];
