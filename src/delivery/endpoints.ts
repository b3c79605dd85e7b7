import { LRUCache } from "lru-cache";
import { importSigningKey } from "#verify/index.ts";
import { loadEndpoints, type LoadedEndpoint } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { DEFAULT_RETRY_SCHEDULE } from "#domain/retry.ts";
import type { SecretBox } from "#services/secretBox.ts";
import type { ExpiringKey } from "#services/signedHeaders.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

/** An endpoint ready to be sent to. */
export interface Target {
  readonly revision: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retrySchedule: readonly number[];
  /** Its requests must ask for their turns. */
  readonly rateLimited: boolean;
  readonly keys: readonly ExpiringKey[];
}

export interface Targets {
  /** The endpoint as it was at `revision` or later; null when it has been deleted since. @throws when its secret cannot be read */
  get(endpointId: string, revision: string): Promise<Target | null>;
}

export interface TargetsOptions {
  readonly store: Store;
  readonly secrets: SecretBox;
  readonly signal: AbortSignal;
  readonly cacheSize: number;
}

/**
 * Endpoints by id, kept as long as their revision stands: each delivery's row says at which revision its endpoint is now, so nothing has
 * to be invalidated, and secrets are decrypted once a revision and not once a delivery.
 */
export function createTargets({ store, secrets, signal, cacheSize }: TargetsOptions): Targets {
  const cache = new LRUCache<string, Target>({ max: cacheSize });
  const loader = new Batcher<string, Loaded>({
    maxSize: 200,
    maxInFlight: 2,
    delayMs: 0,
    run: async (ids) => {
      const rows = await persist<LoadedEndpoint>(store, signal, loadEndpoints, [[...new Set(ids)]]);
      const targets = new Map(
        await Promise.all(rows.map(async (row) => [row.id, await tryPrepare(row, secrets)] as const)),
      );
      return ids.map((id) => targets.get(id) ?? { gone: true });
    },
  });
  return {
    async get(endpointId, revision) {
      const cached = cache.get(endpointId);
      if (cached && BigInt(cached.revision) >= BigInt(revision)) return cached;
      const loaded = await loader.add(endpointId);
      if ("gone" in loaded) return null;
      if ("fault" in loaded) throw loaded.fault;
      cache.set(endpointId, loaded);
      return loaded;
    },
  };
}

type Loaded = Target | { readonly gone: true } | { readonly fault: Error };

/** A secret that cannot be read is one endpoint's trouble, and must not become that of all in the batch. */
async function tryPrepare(row: LoadedEndpoint, secrets: SecretBox): Promise<Loaded> {
  try {
    return await prepare(row, secrets);
  } catch (error) {
    return { fault: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function prepare(row: LoadedEndpoint, secrets: SecretBox): Promise<Target> {
  const keys = await Promise.all(
    row.secrets.map(async (s) => {
      const sealed = {
        tenantId: row.tenant_id,
        endpointId: row.id,
        id: s.id,
        kid: s.kid,
        nonce: fromBase64(s.nonce),
        ciphertext: fromBase64(s.ciphertext),
      };
      return { key: await importSigningKey(await secrets.open(sealed)), expiresAtMs: s.expires_at_ms };
    }),
  );
  return {
    revision: row.revision,
    url: row.url,
    headers: row.headers,
    timeoutMs: row.timeout_ms,
    retrySchedule: row.retry_schedule ?? DEFAULT_RETRY_SCHEDULE,
    rateLimited: row.rate_limit !== null,
    keys,
  };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}
