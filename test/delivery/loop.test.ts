import { Client } from "pg";
import { setTimeout as pass } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startLoop, type LoopRun } from "#delivery/loop.ts";
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

test("whoever counts hears of every step: what it did, how long it took, and whether it failed", async () => {
  const runs: LoopRun[] = [];
  const warnings: string[] = [];
  const turns = [{ rows: 2, again: true }, { rows: 1 }, new Error("no"), new Error("no"), undefined];
  const step = async () => {
    const turn = turns.shift();
    if (turn instanceof Error) throw turn;
    return turn;
  };
  const log = {
    warn: (_: object, message: string) => void warnings.push(message),
    ran: (run: LoopRun) => void runs.push(run),
  };
  const loop = startLoop("test", 5, log, step);
  onTestFinished(() => loop.stop());
  await until(() => runs.length >= 5, { what: "five steps were made" });
  expect(runs.slice(0, 5).map(({ loop: name, rows, failed }) => [name, rows, failed])).toEqual([
    ["test", 2, false],
    ["test", 1, false],
    ["test", 0, true],
    ["test", 0, true],
    ["test", 0, false],
  ]);
  expect(runs.every(({ seconds }) => seconds >= 0 && seconds < 1)).toBe(true);
  expect(warnings).toHaveLength(1);
});

test("the pause after several steps without one is as long as they all ask for", async () => {
  const begun: number[] = [];
  const step = async () => {
    begun.push(performance.now());
    await pass(20);
    return { rows: 1, again: begun.length % 5 !== 0 };
  };
  const loop = startLoop("test", 10, { warn: () => {} }, step, 60_000);
  onTestFinished(() => loop.stop());
  await until(() => begun.length > 5, { what: "a sixth step began" });
  // Five times 20 ms, and nine times as much for others.
  expect((begun[5] ?? 0) - (begun[4] ?? 0)).toBeGreaterThan(850);
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
