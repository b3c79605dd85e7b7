import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createPgStore, createPool } from "#db/pg.ts";
import { isUnavailable, type Statement } from "#db/store.ts";
import { ownGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";

const insert: Statement = {
  name: "test_insert",
  text: "insert into written (n) values ($1) on conflict do nothing returning n",
};
const read: Statement = {
  name: "test_read",
  text: "select n, repeat('x', 200) as filler from generate_series($1::int, $1 + 499) n",
};

test(
  "losing all sessions once a second for 20 s hangs no writer, and no answer is another's",
  { timeout: 90_000 },
  async () => {
    const gateway = await ownGateway();
    await gateway.rows("create table written (n bigint primary key)");
    const pool = createPool({
      url: gateway.url,
      connections: 10,
      name: "losing",
      connectTimeoutMs: 3000,
      statementTimeoutMs: 5000,
      onError: () => {},
    });
    onTestFinished(() => pool.end());
    const store = createPgStore(pool);
    const stopping = new AbortController();
    const counts = { next: 0, refused: 0, wrong: [] as string[] };
    const written: number[] = [];
    const lastDone = new Map<number, number>();
    let longestMs = 0;

    const trying = async <Row>(statement: Statement, value: number): Promise<Row[]> => {
      for (;;) {
        try {
          return await store.run<Row>(statement, [value]);
        } catch (error) {
          if (!isUnavailable(error)) throw error;
          counts.refused++;
          await delay(20);
        }
      }
    };
    const write = async (writer: number): Promise<void> => {
      while (!stopping.signal.aborted) {
        const begun = performance.now();
        const n = counts.next++;
        const rows = await trying<{ n: string }>(insert, n);
        if (rows.length > 1 || (rows[0] && rows[0].n !== String(n)))
          counts.wrong.push(`insert ${n}: ${JSON.stringify(rows)}`);
        written.push(n);
        const series = await trying<{ n: number }>(read, n);
        if (series.length !== 500 || series.some((row, i) => row.n !== n + i))
          counts.wrong.push(`read ${n}: ${series.length} rows`);
        longestMs = Math.max(longestMs, performance.now() - begun);
        lastDone.set(writer, performance.now());
        await delay(5);
      }
    };
    const writers = Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)));
    for (let second = 0; second < 20; second++) {
      await gateway.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'losing' and datname = current_database()",
      );
      await delay(1000);
    }
    const lastLossAt = performance.now();
    await until(() => lastDone.size === 20 && Math.min(...lastDone.values()) > lastLossAt, {
      deadlineMs: 15_000,
      what: "every writer goes on",
    });
    stopping.abort();
    await writers;
    expect(counts.wrong).toEqual([]);
    expect(counts.refused).toBeGreaterThan(20);
    expect(longestMs).toBeLessThan(15_000);
    const rows = await gateway.rows<{ n: string }>("select n from written order by n");
    expect(rows.map((row) => Number(row.n))).toEqual(written.toSorted((a, b) => a - b));
  },
);
