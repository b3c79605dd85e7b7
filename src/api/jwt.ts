import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from "jose";
import { z } from "zod";
import type { Config } from "#config";
import type { Role } from "#db/schema.ts";
import type { Clock } from "#domain/clock.ts";
import { Problem } from "#domain/problems.ts";
import type { Principal } from "#services/context.ts";
import { unauthorized } from "./problem.ts";

export interface Judged {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

type JwtConfig = Pick<Config, "jwtIssuer" | "jwtAudience" | "jwtJwksUrl" | "jwtAlgorithms" | "jwtCacheSeconds">;

/** Below the two seconds in which every request is answered when something is away. */
const KEY_SERVER_TIMEOUT_MS = 1500;

/** Roles by scope; the bare word is accepted too. The one with the most rights comes first. */
const roles: readonly Role[] = ["operator", "publisher", "support", "tenant"];

const claims = z.object({
  exp: z.number(),
  sub: z.string().max(256).optional(),
  scope: z.string().max(4096),
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .optional(),
});

/** Judges JWTs by the configured issuer, audience, algorithms and keys. Without configuration none is valid. */
export function createJwtJudge(config: JwtConfig, clock: Clock): (token: string) => Promise<Judged> {
  const { jwtIssuer: issuer, jwtAudience: audience, jwtJwksUrl: url } = config;
  if (issuer === undefined || audience === undefined || url === undefined) {
    return async () => {
      throw unauthorized("The credentials are not valid.");
    };
  }
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: config.jwtCacheSeconds * 1000,
    timeoutDuration: KEY_SERVER_TIMEOUT_MS,
  });
  const options = { issuer, audience, algorithms: config.jwtAlgorithms, requiredClaims: ["exp", "scope"] };
  return async (token) => {
    const currentDate = new Date(clock());
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate }).catch(refuse);
    return readClaims(payload);
  };
}

function readClaims(payload: JWTPayload): Judged {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) throw unauthorized("The JWT's claims scope and tenantId do not have the expected form.");
  const { scope, tenantId, sub, exp } = parsed.data;
  const words = new Set(scope.split(" ").map((word) => word.replace(/^posthorn:/, "")));
  const role = roles.find((name) => words.has(name));
  if (role === undefined)
    throw unauthorized("The JWT's scope names none of Posthorn's roles, such as posthorn:tenant.");
  if (role === "tenant" && tenantId === undefined)
    throw unauthorized("A JWT of a tenant must have the claim tenantId.");
  const isBound = role === "tenant" || role === "publisher";
  const principal = { role, tenantId: isBound ? (tenantId ?? null) : null, actor: `jwt:${sub ?? role}` };
  return { principal, expiresAtMs: exp * 1000 };
}

/** What is wrong with the token is the caller's; that the keys cannot be had is not, and passes. */
function refuse(error: unknown): never {
  const isTokenFault =
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    // jose's own class: the key server answered something else than 200 with JSON.
    error.code !== "ERR_JOSE_GENERIC";
  if (isTokenFault) throw unauthorized(`The JWT is not valid: ${error.message}.`, error);
  throw new Problem("keyServerUnavailable", "The JWT cannot be checked: its key server does not answer.", [], {
    cause: error,
  });
}
