import type { Context as HonoContext } from "hono";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Config } from "#config";
import type { DrizzleStore } from "#db/store.ts";
import type { Clock } from "#domain/clock.ts";
import type { Context, Limits, Principal } from "#services/context.ts";
import type { AllowTargets } from "#domain/url.ts";
import { KnownCatalogs } from "#services/catalogs/known.ts";
import { createKeyHasher, type KeyHasher } from "#services/keyHasher.ts";
import { FeedWatch } from "#services/feedWatch.ts";
import { deriveKeys } from "#services/derivedKeys.ts";
import { createPublisher, type Publisher } from "#services/publish.ts";
import { counted } from "#services/publish/counted.ts";
import { createSecretBox } from "#services/secretBox.ts";
import { createAuthenticator, type Authenticator } from "./auth.ts";
import { createBodyReader, type BodyReader } from "./body.ts";
import { createCursors, type Cursors } from "./cursor.ts";
import type { ApiEnv } from "./env.ts";
import type { Log } from "./log.ts";
import type { ApiMetrics } from "./metrics.ts";

export type Api = OpenAPIHono<ApiEnv>;

/** What the process says about itself: `reason` completes "the gateway is not ready: …". */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** Files that the API serves, handed in by the entry: an edge runtime has no file system. */
export interface Assets {
  readonly openapiYaml: string;
  readonly errorsMarkdown: string;
  /** swagger-ui-dist, by file name. */
  readonly docs: ReadonlyMap<string, { readonly body: Uint8Array<ArrayBuffer> | string; readonly contentType: string }>;
}

/** What a runtime provides. */
export interface ApiParts {
  readonly config: Config;
  readonly store: DrizzleStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly assets: Assets;
  ready(): Promise<Readiness>;
  /** The caller's address, for the tenant's own log of requests; null where it is not known. */
  clientAddress(c: HonoContext<ApiEnv>): string | null;
  /** Absent on a runtime that has no memory of its own. */
  readonly metrics?: ApiMetrics;
}

/** What verbs get besides what every verb gets. */
export interface AppContext extends Context {
  readonly allowTargets: AllowTargets;
  readonly keyHasher: KeyHasher;
  /** Where the API is reached, without a slash at its end. */
  readonly publicUrl: string;
}

export interface ApiDeps extends ApiParts {
  readonly authenticator: Authenticator;
  readonly cursors: Cursors;
  readonly limits: Limits;
  /** What a request may wait for the database: for a connection and one statement. A publish has no more for its key and its commit together. */
  readonly databaseMs: number;
  /** One for the process: concurrent publishes share statements. */
  readonly publisher: Publisher;
  /** One for the process: a statement asks for all calls that wait. */
  readonly feedWatch: FeedWatch;
  /** One for the process: what bodies may hold is bounded over all of them. */
  readonly readBody: BodyReader;
  /** The context of a verb that this principal calls. */
  contextFor(principal: Principal): AppContext;
}

/** Puts together what the routes need. Web APIs only: the same on every runtime. */
export async function createApiDeps(parts: ApiParts): Promise<ApiDeps> {
  const { config, store, clock } = parts;
  const [secrets, cursorKeys, apiKeyKeys] = await Promise.all([
    createSecretBox(config.secretKeys),
    deriveKeys(config.secretKeys, "cursor"),
    deriveKeys(config.secretKeys, "apiKey"),
  ]);
  const keyHasher = createKeyHasher(apiKeyKeys);
  const limits: Limits = config;
  const catalogs = new KnownCatalogs(store, clock);
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  const common = { store, clock, secrets, catalogs, limits, allowTargets: config.allowTargets, keyHasher, publicUrl };
  const databaseMs = config.connectTimeoutMs + config.apiStatementTimeoutMs;
  const publisher = createPublisher({
    store,
    clock,
    catalogs,
    maxWaitingEvents: limits.maxWaitingEvents,
    maxWaitMs: config.maxWaitMs,
    deadlineMs: databaseMs,
    onError: (err) => parts.log.error({ err }, "an event could not be stored"),
  });
  const { metrics } = parts;
  return {
    ...parts,
    limits,
    databaseMs,
    publisher: metrics === undefined ? publisher : counted(publisher, (result) => metrics.published(result)),
    feedWatch: new FeedWatch({ store, maxWaiting: config.maxFeedWaiters }),
    readBody: createBodyReader(config.maxReadingBytes),
    cursors: createCursors(cursorKeys),
    authenticator: await createAuthenticator({ config, store, clock, keyHasher }),
    contextFor: (principal) => ({ ...common, principal }),
  };
}
