import { LRUCache } from "lru-cache";
import type { Config } from "#config";
import type { Store } from "#db/store.ts";
import type { Clock } from "#domain/clock.ts";
import { judgeToken } from "#services/apiKeys.ts";
import type { Budget } from "#services/budget.ts";
import type { Principal } from "#services/context.ts";
import type { KeyHasher } from "#services/keyHasher.ts";
import { createJwtJudge, type Judged } from "./jwt.ts";
import { unauthorized } from "./problem.ts";

export interface Authenticator {
  /**
   * Who holds this Authorization header.
   * @param budget of the request: a key that is not known is looked up
   * @throws {Problem} unauthorized; StoreUnavailable, keyServerUnavailable
   */
  authenticate(authorization: string | undefined, budget: Budget): Promise<Principal>;
  /** Forgets a revoked key at once; other processes notice within two seconds. @param keyId UUID */
  forget(keyId: string): void;
}

export interface AuthDeps {
  readonly config: Pick<
    Config,
    "operatorKey" | "jwtIssuer" | "jwtAudience" | "jwtJwksUrl" | "jwtAlgorithms" | "jwtCacheSeconds"
  >;
  readonly store: Store;
  readonly clock: Clock;
  readonly keyHasher: KeyHasher;
}

/** How long a judged token is believed without asking again: as long as a revocation may take to reach all processes. */
const BELIEVED_MS = 2000;
const REMEMBERED_TOKENS = 10_000;
const TOKEN_MAX_LENGTH = 8192;

interface Remembered {
  readonly principal: Principal;
  readonly keyId: string | null;
}

export async function createAuthenticator({ config, store, clock, keyHasher }: AuthDeps): Promise<Authenticator> {
  const remembered = new LRUCache<string, Remembered>({
    max: REMEMBERED_TOKENS,
    perf: { now: clock },
    ttlResolution: 0,
  });
  const isOperatorKey = await createComparison(config.operatorKey);
  const judgeJwt = createJwtJudge(config, clock);
  // Counts revocations: a judgement that began before one is not remembered after it.
  let revocations = 0;

  async function judge(token: string, budget: Budget): Promise<Judged & { readonly keyId: string | null }> {
    if (await isOperatorKey(token)) {
      return { principal: { role: "operator", tenantId: null, actor: "operator" }, keyId: null, expiresAtMs: Infinity };
    }
    if (/^[^.]+\.[^.]+\.[^.]+$/.test(token)) return { ...(await judgeJwt(token)), keyId: null };
    const verdict = await budget.spend(() => judgeToken({ store, keyHasher }, token, clock()));
    if (!verdict.ok) throw unauthorized(refusals[verdict.reason]);
    return verdict;
  }

  return {
    async authenticate(authorization, budget) {
      const token = bearerOf(authorization);
      const known = remembered.get(token);
      if (known !== undefined) return known.principal;
      const before = revocations;
      const { principal, keyId, expiresAtMs } = await judge(token, budget);
      const ttl = Math.min(BELIEVED_MS, expiresAtMs - clock());
      if (revocations === before && ttl > 0) remembered.set(token, { principal, keyId }, { ttl });
      return principal;
    },
    forget(keyId) {
      revocations += 1;
      for (const [token, entry] of remembered.entries()) {
        if (entry.keyId === keyId) remembered.delete(token);
      }
    },
  };
}

const refusals = {
  unknown: "The credentials are not valid.",
  expired: "The API key has expired. Ask for a new one.",
  revoked: "The API key was revoked.",
} as const;

function bearerOf(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw unauthorized("Send an API key or a JWT in the header: Authorization: Bearer …");
  }
  const token = /^bearer +([\x21-\x7e]+)$/i.exec(authorization.trim())?.[1];
  if (token === undefined || token.length > TOKEN_MAX_LENGTH) {
    throw unauthorized("The Authorization header must be: Bearer, a space, and the token.");
  }
  return token;
}

/**
 * Compares with a secret in a time that does not depend on how much is right: both sides are hashed under a random key first,
 * so that not even the length shows.
 */
async function createComparison(secret: string | undefined): Promise<(text: string) => Promise<boolean>> {
  if (secret === undefined) return async () => false;
  const encoder = new TextEncoder();
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const expected = await crypto.subtle.sign("HMAC", key, encoder.encode(secret));
  return (text) => crypto.subtle.verify("HMAC", key, expected, encoder.encode(text));
}
