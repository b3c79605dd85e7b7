import { afterAll, beforeAll, expect, test } from "vitest";
import { createPgStore } from "#db/pg.ts";
import { acceptEvents, type AcceptAnswer, type EventRow } from "#db/sql/publish.ts";
import { encodeId, newUuid } from "#domain/ids.ts";
import { readAnswer, toColumns } from "#services/publish/columns.ts";
import { eventRow } from "#test/eventRows.ts";
import { createPublishingApi, type PublishingApi } from "#test/publishing.ts";
import { Pool } from "pg";

let api: PublishingApi;
let pool: Pool;
let tenantId: string;
let type: string;

beforeAll(async () => {
  api = await createPublishingApi();
  pool = new Pool({ connectionString: api.url, max: 1 });
  tenantId = await api.tenant();
  type = await api.eventType();
});

afterAll(async () => {
  await pool.end();
  await api.close();
});

const rowOf = (more: Partial<EventRow> = {}): EventRow => eventRow(tenantId, type, more);

async function accept(rows: readonly EventRow[]) {
  return readAnswer(rows, await createPgStore(pool).run<AcceptAnswer>(acceptEvents, toColumns(rows)));
}

async function stored(column: keyof EventRow | "body", rows: readonly EventRow[]): Promise<unknown[]> {
  const found = await api.rows<{ value: unknown }>(
    `select ${column} as value from unnest($1::uuid[]) with ordinality i (id, n) left join posthorn.events e on e.id = i.id order by n`,
    [rows.map((row) => row.event_id)],
  );
  return found.map(({ value }) => value);
}

test("texts with quotes, backslashes, braces, commas and the word NULL arrive as they were", async () => {
  const texts = ['a "b"', "a\\", "{a,b}", "NULL", "null", " ", "ä€😀", "a\nb"];
  const rows = texts.map((text) => rowOf({ source: text, user_id: text, data: JSON.stringify(text) }));
  expect(await accept(rows)).toMatchObject(rows.map((row) => ({ status: "accepted", id: row.type_id })));
  expect(await stored("source", rows)).toEqual(texts);
  const bodies = await stored("body", rows);
  expect(bodies.map((body) => JSON.parse(String(body)))).toMatchObject(
    texts.map((text) => ({ tenantId, type, source: text, userId: text, data: text })),
  );
});

test("texts of several bytes a character are cut where they end, data and native documents alike", async () => {
  const data = ['{"a":"ä"}', '{"b":"€€"}', "2", '{"c":"😀"}'];
  const rows = data.map((text, i) => rowOf({ data: text, native: i % 2 === 0 ? `{"n":"ß${i}"}` : null }));
  await accept(rows);
  const bodies = await stored("body", rows);
  expect(bodies.map((body) => String(body).slice(String(body).indexOf(',"data":')))).toEqual(
    data.map((text) => `,"data":${text}}`),
  );
  expect(await stored("native", rows)).toEqual(['{"n":"ß0"}', null, '{"n":"ß2"}', null]);
});

test("what tenants, types and versions of one statement have in common is not mixed up", async () => {
  const other = await api.tenant();
  const otherType = await api.eventType();
  const rows = Array.from({ length: 24 }, (_, i) =>
    rowOf({
      tenant_id: i % 2 === 0 ? tenantId : other,
      type: i % 3 === 0 ? type : otherType,
      version: i % 4 === 0 ? null : `v${i % 4}`,
      data: String(i),
    }),
  );
  await accept(rows);
  const bodies = await stored("body", rows);
  expect(bodies.map((body) => JSON.parse(String(body)))).toEqual(
    rows.map((row, i) => ({
      id: row.type_id,
      type: row.type,
      ...(row.version === null ? {} : { version: row.version }),
      timestamp: expect.any(String),
      tenantId: row.tenant_id,
      data: i,
    })),
  );
  const deliveries = await api.rows<{ event_id: string; tenant_id: string; event_type: string }>(
    "select event_id, tenant_id, event_type from posthorn.deliveries where event_id = any ($1) order by id",
    [rows.map((row) => row.event_id)],
  );
  // One endpoint each, made in the order of the events.
  expect(deliveries).toEqual(
    rows.map((row) => ({ event_id: row.event_id, tenant_id: row.tenant_id, event_type: row.type })),
  );
});

test("refused, known and accepted events of one statement each get their own answer", async () => {
  const known = rowOf({ external_id: "known", keys: ["id:known"], data: '"first"' });
  await accept([known]);
  const far = newUuid(Date.parse("2020-01-01T00:00:00Z"), crypto.getRandomValues(new Uint8Array(10)));
  const rows = [
    rowOf({ type: "test.nobody.knows" }),
    rowOf(),
    rowOf({ external_id: "known", keys: ["id:known"], data: '"first"' }),
    rowOf({ event_id: far, type_id: encodeId("event", far) }),
    rowOf({ type_revision: 4_711 }),
    rowOf({ external_id: "known", keys: ["id:known"], data: '"second"' }),
    rowOf({ external_id: "new", keys: ["id:new", "key:new"] }),
    rowOf({ keys: ["key:new"], data: "2" }),
  ];
  const answers = await accept(rows);
  expect(answers).toMatchObject([
    { status: "unknownType", id: null, accepted_at: null },
    { status: "accepted", id: rows[1]?.type_id },
    { status: "replayed", id: "known" },
    { status: "accepted", id: expect.stringMatching(/^evt_/) },
    { status: "stale", id: null, accepted_at: null },
    { status: "idConflict", id: "known" },
    { status: "accepted", id: "new" },
    { status: "keyConflict", id: rows[6]?.type_id },
  ]);
  // An id of long ago lies in no partition: the event got another one.
  expect(answers[3]?.id).not.toBe(encodeId("event", far));
  expect(answers[1]?.accepted_at).toBeInstanceOf(Date);
  expect(answers[2]?.accepted_at?.getTime()).toBeLessThan(answers[1]?.accepted_at?.getTime() ?? 0);
});
