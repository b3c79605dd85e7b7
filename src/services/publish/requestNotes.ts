import { tenantsNotingRequests } from "#db/sql/publish.ts";
import type { Store } from "#db/store.ts";
import type { Clock } from "#domain/clock.ts";
import type { EventIds } from "./eventIds.ts";
import type { GroupCommit } from "./groupCommit.ts";

/** One request to the API, as the operational event API.Request.Received tells its tenant. */
export interface RequestNote {
  readonly tenantId: string;
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, never the path: a path holds ids. */
  readonly endpoint: string;
  readonly apiKeyId: string;
  readonly ipAddress: string | null;
}

/** How old the list of tenants that want notes may be. */
const FRESH_MS = 2_000;
/** Notes under way; more are dropped: they must not take the place of what publishers wait for. */
const MAX_UNDER_WAY = 500;

interface RequestNotesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly commit: GroupCommit;
  readonly ids: EventIds;
}

/**
 * Operational events about requests, for the few tenants that subscribe to them. For all others a request costs a look into a set; the
 * set is read again every two seconds at most, and only while there are requests.
 */
export class RequestNotes {
  readonly #options: RequestNotesOptions;
  #wanted: ReadonlySet<string> = new Set();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #underWay = 0;

  constructor(options: RequestNotesOptions) {
    this.#options = options;
  }

  note(note: RequestNote): void {
    void this.#note(note).catch(() => {});
  }

  async #note(note: RequestNote): Promise<void> {
    const { store, clock, commit } = this.#options;
    const nowMs = clock();
    if (nowMs - this.#readAtMs >= FRESH_MS) {
      this.#readAtMs = nowMs;
      const rows = await store.run<{ id: string }>(tenantsNotingRequests, []);
      this.#wanted = new Set(rows.map(({ id }) => id));
    }
    if (!this.#wanted.has(note.tenantId) || this.#underWay >= MAX_UNDER_WAY) return;
    this.#underWay++;
    try {
      await commit.submit([this.#rowOf(note, nowMs)]);
    } finally {
      this.#underWay--;
    }
  }

  #rowOf(note: RequestNote, nowMs: number) {
    const { uuid, typeId } = this.#options.ids.next();
    const data = JSON.stringify({
      RequestId: note.requestId,
      Endpoint: note.endpoint,
      Method: note.method,
      ApiKeyId: note.apiKeyId,
      AccountId: note.tenantId,
      IPAddress: note.ipAddress,
      Timestamp: new Date(nowMs).toISOString(),
    });
    return {
      event_id: uuid,
      type_id: typeId,
      external_id: null,
      keys: [],
      tenant_id: note.tenantId,
      catalog: "posthorn",
      type: "API.Request.Received",
      type_revision: null,
      version: null,
      version_assumed: false,
      occurred_at: null,
      source: null,
      user_id: null,
      correlation_id: null,
      trace_id: null,
      ordering_key: null,
      metadata: null,
      data,
      operational: true,
      native: null,
    };
  }
}
