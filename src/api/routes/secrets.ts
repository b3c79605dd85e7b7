import { createRoute, z } from "@hono/zod-openapi";
import {
  getSecret,
  OVERLAP_DEFAULT_SECONDS,
  OVERLAP_MAX_SECONDS,
  rotateSecret,
  type EndpointSecret,
} from "#services/endpointSecrets.ts";
import type { Api, ApiDeps } from "../deps.ts";
import { addOperation, owners, tenantContext } from "../kit.ts";
import { json, optionalJsonBody, shownTime } from "../schemas.ts";
import { endpointParams, endpointPath, secretInput } from "./endpointSchemas.ts";

const tags = ["Secrets"];

const secret = z
  .object({
    secret: z.string().openapi({
      description: "What receivers verify with: `whsec_…`, or the public key `whpk_…` of a v1a endpoint",
      example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
    }),
    createdAt: shownTime,
    previous: z
      .array(z.object({ expiresAt: shownTime }))
      .openapi({ description: "Rotated ones that still sign, and until when", example: [] }),
  })
  .openapi("EndpointSecret");

const get = createRoute({
  method: "get",
  path: `${endpointPath}/secret`,
  operationId: "getEndpointSecret",
  tags,
  summary: "Get the endpoint's secret",
  request: { params: endpointParams },
  responses: { 200: json("The current secret", secret) },
});

const rotate = createRoute({
  method: "post",
  path: `${endpointPath}/secret/rotate`,
  operationId: "rotateEndpointSecret",
  tags,
  summary: "Give the endpoint a new secret",
  description:
    "Deliveries are signed with both until the overlap is over, so that the receiver can change in its own time.",
  request: {
    params: endpointParams,
    body: optionalJsonBody(
      z
        .strictObject({
          overlapSeconds: z.number().int().min(0).max(OVERLAP_MAX_SECONDS).default(OVERLAP_DEFAULT_SECONDS),
          secret: secretInput.optional(),
        })
        .openapi("SecretRotation", { example: { overlapSeconds: 86_400 } }),
    ),
  },
  responses: { 200: json("The new secret", secret) },
});

export function registerSecrets(api: Api, deps: ApiDeps): void {
  addOperation(api, deps, { roles: owners }, get, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    c.header("cache-control", "no-store");
    return c.json(showSecret(await getSecret(tenantContext(deps, c.get("principal"), tenantId), { endpointId })), 200);
  });

  addOperation(api, deps, { roles: owners, problems: ["invalidSecret", "tooManySecrets"] }, rotate, async (c) => {
    const { tenantId, endpointId } = c.req.valid("param");
    c.header("cache-control", "no-store");
    const ctx = tenantContext(deps, c.get("principal"), tenantId);
    return c.json(showSecret(await rotateSecret(ctx, { endpointId, ...c.req.valid("json") })), 200);
  });
}

function showSecret({ secret: current, createdAt, previous }: EndpointSecret) {
  return {
    secret: current,
    createdAt: createdAt.toISOString(),
    previous: previous.map(({ expiresAt }) => ({ expiresAt: expiresAt.toISOString() })),
  };
}
