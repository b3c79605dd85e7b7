import type { QueryResultRow } from "pg";

/** What tests read of `posthorn.deliveries`. */
export interface DeliveryRow extends QueryResultRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly event_type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly step: number;
  readonly due_at: Date;
}

/** What tests read of `posthorn.attempts`. */
export interface AttemptRow extends QueryResultRow {
  readonly number: number;
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly outcome: string;
  readonly failure: string | null;
  readonly http_status: number | null;
  readonly error: string | null;
  readonly response_body: string | null;
  readonly address: string | null;
}
