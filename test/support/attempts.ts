import type { QueryResultRow } from "pg";

type Rows = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** What a deliverer writes about one request: `scheduled` in an hour, or the end of the delivery. */
export type Ending = "delivered" | "failed" | "scheduled";

/** Writes an attempt's outcome as a deliverer does. @param deliveryId the UUID */
export async function recordAttempt(rows: Rows, deliveryId: string, ending: Ending, httpStatus = 500): Promise<void> {
  const succeeded = ending === "delivered";
  const written = await rows(
    `select posthorn.record_outcomes(json_build_array(json_build_object('delivery_id', id, 'attempts', attempts, 'age_ms', 5, 'duration_ms', 5,
       'outcome', $2::text, 'failure', $3::text, 'http_status', $4::int, 'next', $5::text, 'retry_ms', 3600000, 'step', step + 1,
       'gone', false, 'notify', false, 'room', 100)))
     from posthorn.deliveries where id = $1`,
    [
      deliveryId,
      succeeded ? "succeeded" : "failed",
      succeeded ? null : "httpStatus",
      succeeded ? 200 : httpStatus,
      ending,
    ],
  );
  if (written.length !== 1) throw new Error(`the delivery ${deliveryId} is not under way`);
}
