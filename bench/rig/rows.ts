import { Client } from "pg";
import { dataBytes, eventType, sampleData } from "../payload.ts";
import { query } from "./database.ts";
import type { Endpoint } from "./operator.ts";

const perStatement = 1_000;
const connections = 2;

/** Accepts so many events of each of the tenants in SQL, without the way over HTTP. */
export async function acceptInSql(url: string, tenants: readonly string[], countEach: number): Promise<void> {
  const left = tenants.map((tenant) => ({ tenant, count: countEach }));
  const data = sampleData(dataBytes);
  const accept = async (): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      for (let next = left[0]; next !== undefined; next = left[0]) {
        const count = Math.min(perStatement, next.count);
        next.count -= count;
        if (next.count === 0) left.shift();
        const { rows } = await client.query<{ accepted: string }>(acceptStatement, [
          next.tenant,
          eventType,
          data,
          count,
        ]);
        if (Number(rows[0]?.accepted) !== count) throw new Error(`${rows[0]?.accepted} of ${count} were accepted`);
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: connections }, accept));
}

const acceptStatement = `
  select count(*) filter (where status = 'accepted') as accepted from posthorn.accept_events((
    select json_agg(json_build_object('ordinal', n, 'tenant_id', $1::text, 'catalog', 'default', 'type', $2::text, 'data', $3::text))
    from generate_series(1, $4::integer) n), true)`;

/**
 * What these endpoints hold becomes what a first failed attempt leaves: an attempt on record, and a retry due at some time between one hour and
 * a day from now.
 */
export async function failOnce(url: string, endpoints: readonly Endpoint[]): Promise<void> {
  const tenants = `'${endpoints.map(({ tenant }) => tenant).join("', '")}'`;
  await query(
    url,
    `with tried as (
      update posthorn.deliveries set status = 'scheduled', attempts = 1, step = 1, due_at = now() + interval '1 hour' + random() * interval '23 hours', updated_at = now()
      where tenant_id in (${tenants}) and status = 'held' returning id, tenant_id, endpoint_id
    )
    insert into posthorn.attempts (id, tenant_id, endpoint_id, delivery_id, number, started_at, duration_ms, outcome, failure, http_status, error, address)
    select posthorn.new_id(), tenant_id, endpoint_id, id, 1, now(), 12, 'failed', 'httpStatus', 500, 'the receiver answered 500', '127.0.0.1' from tried`,
  );
}
