import { expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { completed, past, read, replay, useReplaying } from "./replaying.ts";

const running = useReplaying(null);

test(
  "kill -9 in the middle of a replay: another deliverer finishes it, nothing is admitted twice or left out",
  {
    timeout: 90_000,
  },
  async () => {
    const { gateway } = running();
    const receiver = await receiverOfTest(() => ({ delayMs: 20 }));
    const tenantId = await gateway.tenant();
    const endpoint = await gateway.endpoint({ tenantId, url: receiver.url });
    await past(gateway, endpoint, { count: 3000, status: "failed" });
    const { body } = await replay(running(), endpoint);
    const [first, second] = [startDelivererProcess(gateway.url), startDelivererProcess(gateway.url)];
    for (const [deliverer, many] of [
      [first, 500],
      [second, 1500],
    ] as const) {
      await until(() => receiver.requests.length > many, { deadlineMs: 30_000, what: `${many} have arrived` });
      deliverer.kill("SIGKILL");
      await deliverer.ended;
    }
    expect((await read(running(), tenantId, body.id)).status).toBe("running");
    startDelivererProcess(gateway.url);
    const finished = async () => (await read(running(), tenantId, body.id)).status === "completed";
    await until(finished, { deadlineMs: 45_000, what: "it is completed", everyMs: 100 });
    const { progress } = await completed(running(), tenantId, body.id);
    expect(progress).toMatchObject({
      matched: 3000,
      admitted: 3000,
      skipped: 0,
      delivered: 3000,
      failed: 0,
      remaining: 0,
    });
    // What was in flight at a kill came again, at least once; every one succeeded once in the books, and has one more attempt than before.
    expect(new Set(receiver.requests.map((request) => request.body)).size).toBe(3000);
    const [row] = await gateway.rows(
      `select count(*)::int as deliveries, count(distinct a.delivery_id)::int as sent, count(a.id)::int as attempts
     from posthorn.deliveries d left join posthorn.attempts a on a.delivery_id = d.id where d.endpoint_id = $1`,
      [endpoint.id],
    );
    expect(row).toEqual({ deliveries: 3000, sent: 3000, attempts: 3000 });
  },
);

test("kill -9 while missed events are being made: each is made once", { timeout: 90_000 }, async () => {
  const { gateway } = running();
  const receiver = await receiverOfTest();
  const tenantId = await gateway.tenant();
  await gateway.eventType("order.paid");
  await gateway.rows(
    "select posthorn.publish(tenant_id => $1, type => 'order.paid', data => json_build_object('n', n)) from generate_series(1, 1500) n",
    [tenantId],
  );
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["order.*"] });
  const { body } = await replay(running(), endpoint, { statuses: ["missed"] });
  expect(body.matched).toBe(1500);
  const first = startDelivererProcess(gateway.url);
  await until(() => receiver.requests.length > 200, { deadlineMs: 30_000, what: "200 have arrived" });
  first.kill("SIGKILL");
  await first.ended;
  startDelivererProcess(gateway.url);
  startDelivererProcess(gateway.url);
  const finished = async () => (await read(running(), tenantId, body.id)).status === "completed";
  await until(finished, { deadlineMs: 45_000, what: "it is completed", everyMs: 100 });
  expect((await read(running(), tenantId, body.id)).progress).toMatchObject({ admitted: 1500, delivered: 1500 });
  const rows = await gateway.rows("select distinct event_id from posthorn.deliveries where endpoint_id = $1", [
    endpoint.id,
  ]);
  expect(rows).toHaveLength(1500);
  expect(new Set(receiver.requests.map((request) => request.body)).size).toBe(1500);
});
