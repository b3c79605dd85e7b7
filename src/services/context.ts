import type { Clock } from "#domain/clock.ts";
import type { Role } from "#db/schema.ts";
import type { DrizzleStore } from "#db/store.ts";
import type { KnownCatalogs } from "./catalogs/known.ts";
import type { SecretBox } from "./secretBox.ts";

/** Who asks. `actor` is what records and operational events show: `key_…`, `operator`, or `jwt:<sub>`. */
export interface Principal {
  readonly role: Role;
  /** The only tenant that it reaches: always for the role `tenant`, and for a publisher that is bound to one. */
  readonly tenantId: string | null;
  readonly actor: string;
}

/** The bounds that verbs apply; their documentation is in src/config.ts. */
export interface Limits {
  readonly maxEventBytes: number;
  readonly maxBatchEvents: number;
  readonly maxJsonDepth: number;
  readonly maxWaitingEvents: number;
  readonly maxEndpoints: number;
  readonly maxSubscriptions: number;
  readonly maxReplay: number;
}

/** What every verb gets: `verb(ctx, input)`. */
export interface Context {
  readonly store: DrizzleStore;
  readonly clock: Clock;
  readonly secrets: SecretBox;
  readonly catalogs: KnownCatalogs;
  readonly limits: Limits;
  readonly principal: Principal;
}

/** A verb on one tenant's things: every statement of it filters by `tenantId`. */
export interface TenantContext extends Context {
  readonly tenantId: string;
}
