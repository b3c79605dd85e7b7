import { Client } from "pg";
import { setTimeout as pass } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startLoop } from "#delivery/loop.ts";
import { ownGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";

/** How long a loop pauses after a first step that takes so long, in milliseconds. */
async function pauseAfter(stepMs: number, intervalMs: number, longestMs?: number): Promise<number> {
  const times: number[] = [];
  const step = async (): Promise<void> => {
    times.push(performance.now());
    if (times.length === 1) await pass(stepMs);
    times.push(performance.now());
  };
  const loop = startLoop("test", intervalMs, { warn: () => {} }, step, longestMs);
  onTestFinished(() => loop.stop());
  const [, ended = 0, begun = 0] = await until(() => times.length >= 3 && times, { what: "a second step began" });
  return begun - ended;
}

test("a long step does not put off the next one, unless the loop may wait", async () => {
  expect(await pauseAfter(300, 20)).toBeLessThan(1_000);
});

test("a loop that may wait pauses nine times as long as its step took, within its bound", async () => {
  expect(await pauseAfter(60, 20, 60_000)).toBeGreaterThanOrEqual(500);
  expect(await pauseAfter(300, 20, 200)).toBeLessThan(1_000);
});

test("a heartbeat that had to wait for the database is followed by the next one in time", async () => {
  const gateway = await ownGateway();
  await gateway.startDeliverer();
  const beat = async (): Promise<number> =>
    Number(
      (await gateway.rows<{ heartbeat_at: Date }>("select heartbeat_at from posthorn.deliverers"))[0]?.heartbeat_at ??
        0,
    );
  await until(beat, { what: "the deliverer's heart beats" });
  const client = new Client({ connectionString: gateway.url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("begin");
  await client.query("lock table posthorn.deliverers in share mode");
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await until(async () => (await gateway.rows(waiting)).length > 0, { what: "a heartbeat waits" });
  const before = await beat();
  await pass(1_000);
  await client.query("commit");
  const held = await until(async () => (await beat()) > before && beat(), { what: "it has beaten" });
  await until(async () => (await beat()) > held, { what: "it beats again", deadlineMs: 3_500 });
  expect(gateway.warnings).toEqual([]);
});
