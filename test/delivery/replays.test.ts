import { expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import type { Received } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { anHourAgo, completed, endpointOf, past, read, replay, replayOnce, useReplaying } from "./replaying.ts";

const running = useReplaying();

function isOfPast(request: Received): boolean {
  return request.body.startsWith('{"data":{"n":');
}

test("a replay of what failed sends each once, and its count, its dry run's and its progress agree", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url, {
    eventTypes: ["order.*", "API.Webhook.ReplayCompleted"],
  });
  await past(running().gateway, endpoint, { count: 700, status: "failed" });
  await past(running().gateway, endpoint, { count: 40, status: "delivered" });
  const dry = await replay(running(), endpoint, { dryRun: true });
  expect([dry.status, dry.body]).toEqual([200, { matched: 700 }]);
  const { status, body } = await replay(running(), endpoint);
  expect([status, body.matched, body.statuses]).toEqual([202, 700, ["failed"]]);
  const done = await completed(running(), endpoint.tenantId, body.id);
  expect(done.progress).toEqual({
    matched: 700,
    admitted: 700,
    skipped: 0,
    delivered: 700,
    failed: 0,
    canceled: 0,
    remaining: 0,
  });
  expect(done).toMatchObject({ expectedEndAt: null, startedAt: expect.any(String), endedAt: expect.any(String) });
  await until(() => receiver.requests.some((request) => !isOfPast(request)), { what: "its end was told" });
  expect(new Set(receiver.requests.map(({ body: text }) => text)).size).toBe(701);
  expect(receiver.requests).toHaveLength(701);
  const told = JSON.parse(receiver.requests.find((request) => !isOfPast(request))?.body ?? "");
  expect(told).toMatchObject({
    type: "API.Webhook.ReplayCompleted",
    data: { ReplayId: body.id, WebhookId: endpoint.publicId, Matched: 700, Admitted: 700, Delivered: 700, Failed: 0 },
  });
  const jobs = await running().gateway.rows(
    "select from posthorn.deliveries where endpoint_id = $1 and status = 'delivered' and replay_id is not null and admitted",
    [endpoint.id],
  );
  expect(jobs).toEqual([]);
});

test("types and statuses choose what is sent", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway } = running();
  await past(gateway, endpoint, { count: 3, status: "delivered", type: "order.paid" });
  await past(gateway, endpoint, { count: 5, status: "failed", type: "order.paid" });
  await past(gateway, endpoint, { count: 7, status: "failed", type: "invoice.sent" });
  const choose = { statuses: ["failed", "delivered"], eventTypes: ["order.*"] };
  const { body } = await replay(running(), endpoint, choose);
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ matched: 8, admitted: 8, delivered: 8 });
  expect(receiver.requests).toHaveLength(8);
});

test("what fails again counts as failed; what waits for a retry remains", async () => {
  const receiver = await receiverOfTest(({ body }) => ({
    status: body.includes('"n":1}') ? 500 : 200,
  }));
  const endpoint = await endpointOf(running(), receiver.url, { retrySchedule: [3600] });
  const { gateway } = running();
  await past(gateway, endpoint, { count: 4, status: "failed" });
  const { body } = await replay(running(), endpoint);
  const waiting = await replayOnce(
    running(),
    endpoint.tenantId,
    body.id,
    ({ progress }) => progress.delivered === 3,
    "has sent three",
  );
  expect(waiting).toMatchObject({ status: "running", progress: { admitted: 4, remaining: 1, failed: 0 } });
  // The retry's time comes.
  await gateway.rows("update posthorn.deliveries set due_at = now() where endpoint_id = $1 and status = 'scheduled'", [
    endpoint.id,
  ]);
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ admitted: 4, delivered: 3, failed: 1, remaining: 0 });
});

test("replays of one endpoint run one after the other, and retries of the first do not hold up the second", async () => {
  const seen = new Map<string, number>();
  const receiver = await receiverOfTest(({ body }) => {
    const times = (seen.get(body) ?? 0) + 1;
    seen.set(body, times);
    return { status: times === 1 && body.includes('"n":1}') ? 500 : 200, delayMs: 20 };
  });
  const endpoint = await endpointOf(running(), receiver.url, { retrySchedule: [3600] });
  const { gateway } = running();
  await past(gateway, endpoint, { count: 60, status: "failed" });
  await past(gateway, endpoint, { count: 30, status: "delivered", type: "order.sent" });
  await gateway.setLane(endpoint, "pause");
  const { body: first } = await replay(running(), endpoint);
  const { body: second } = await replay(running(), endpoint, { statuses: ["delivered"] });
  expect([first.matched, second.matched]).toEqual([60, 30]);
  await gateway.setLane(endpoint, "resume");
  const done = await completed(running(), endpoint.tenantId, second.id);
  expect(done.progress).toMatchObject({ admitted: 30, delivered: 30 });
  const shown = await read(running(), endpoint.tenantId, first.id);
  expect(shown).toMatchObject({ status: "running", progress: { delivered: 59, remaining: 1 } });
  expect(Date.parse(done.startedAt)).toBeGreaterThan(Date.parse(shown.startedAt));
  expect(receiver.requests).toHaveLength(90);
});

test("a rate of 50 a second is kept and used, and the expected end says so", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url);
  await past(running().gateway, endpoint, { count: 200, status: "failed" });
  const { body } = await replay(running(), endpoint, { ratePerSecond: 50 });
  const midway = await replayOnce(
    running(),
    endpoint.tenantId,
    body.id,
    ({ progress }) => progress.delivered > 80,
    "is midway",
  );
  const left = Date.parse(midway.expectedEndAt) - Date.now();
  expect(left).toBeGreaterThan(500);
  expect(left).toBeLessThan(5000);
  await completed(running(), endpoint.tenantId, body.id);
  const at = receiver.requests.map((request) => request.at).toSorted((a, b) => a - b);
  const most = Math.max(...at.map((from, i) => at.filter((time, j) => j >= i && time < from + 1000).length));
  // A quarter of a second's worth may go at once.
  expect(most).toBeLessThanOrEqual(66);
  const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000;
  expect(seconds).toBeGreaterThan(3.5);
  expect(seconds).toBeLessThan(6);
});

test("a canceled replay lets no more go, what has been let go ends, and the others are what they were", async () => {
  const receiver = await receiverOfTest(() => ({ delayMs: 200 }));
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway, api } = running();
  await past(gateway, endpoint, { count: 2000, status: "failed" });
  const { body } = await replay(running(), endpoint);
  await until(() => receiver.requests.length > 50, { what: "it runs" });
  const path = `/v1/tenants/${endpoint.tenantId}/replays/${body.id}/cancel`;
  const first = await api.call("POST", path);
  expect([first.status, first.body.status]).toEqual([200, "canceled"]);
  const done = await replayOnce(
    running(),
    endpoint.tenantId,
    body.id,
    ({ progress }) => progress.remaining === 0,
    "has nothing left",
  );
  const { delivered, canceled, admitted, matched } = done.progress;
  expect(delivered + canceled).toBe(admitted);
  expect([matched, delivered < 2000]).toEqual([2000, true]);
  const again = await api.call("POST", path);
  expect([again.status, again.body]).toEqual([200, done]);
  const states = await gateway.rows(
    "select status, count(*)::int as count from posthorn.deliveries where endpoint_id = $1 group by status order by status",
    [endpoint.id],
  );
  expect(states).toEqual([
    { status: "delivered", count: delivered },
    { status: "failed", count: 2000 - delivered },
  ]);
});

test("what a person redelivers meanwhile is left out, and counted as skipped", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway } = running();
  await past(gateway, endpoint, { count: 10, status: "failed" });
  await gateway.setLane(endpoint, "pause");
  const { body } = await replay(running(), endpoint);
  const [one] = await gateway.rows<{ id: string; tenant_id: string }>(
    "select id, tenant_id from posthorn.deliveries where endpoint_id = $1 limit 1",
    [endpoint.id],
  );
  await gateway.rows("select posthorn.redeliver($1, $2)", [one?.tenant_id, one?.id]);
  await gateway.setLane(endpoint, "resume");
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ matched: 10, admitted: 9, skipped: 1, delivered: 9, remaining: 0 });
  expect(receiver.requests).toHaveLength(10);
});

test("a replay of nothing completes, and the endpoint's deletion takes its replays along", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway, api } = running();
  const { body } = await replay(running(), endpoint);
  expect(body.matched).toBe(0);
  await completed(running(), endpoint.tenantId, body.id);
  await past(gateway, endpoint, { count: 500, status: "failed" });
  const { body: other } = await replay(running(), endpoint, { ratePerSecond: 20, since: anHourAgo() });
  await until(() => receiver.requests.length > 0, { what: "it runs" });
  await api.call("DELETE", `/v1/tenants/${endpoint.tenantId}/endpoints/${endpoint.publicId}`);
  expect((await api.call("GET", `/v1/tenants/${endpoint.tenantId}/replays/${other.id}`)).status).toBe(404);
  const { body: rest } = await api.call("GET", `/v1/tenants/${endpoint.tenantId}/replays`);
  expect(rest.data).toEqual([]);
});

test("what retention drops ahead of a replay is left out, and harms nothing", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway } = running();
  await past(gateway, endpoint, { count: 30, status: "failed" });
  await gateway.setLane(endpoint, "pause");
  const { body } = await replay(running(), endpoint);
  await gateway.rows(
    "delete from posthorn.deliveries where id in (select id from posthorn.deliveries where endpoint_id = $1 order by id limit 10)",
    [endpoint.id],
  );
  await gateway.setLane(endpoint, "resume");
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ matched: 30, admitted: 20, skipped: 10, delivered: 20, remaining: 0 });
});

test("a body that could not be made is made anew, with the subscription as it is now", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url, { eventTypes: ["order.*"] });
  const { gateway } = running();
  await past(gateway, endpoint, { count: 5, status: "failed" });
  await gateway.rows(
    `update posthorn.deliveries d set reason = 'expressionFailed', detail = 'the transform failed', attempts = 0, subscription_id = s.id
     from posthorn.subscriptions s where s.endpoint_id = $1 and d.endpoint_id = $1`,
    [endpoint.id],
  );
  await gateway.rows(`update posthorn.subscriptions set transform = '{"made": data.n}' where endpoint_id = $1`, [
    endpoint.id,
  ]);
  const { body } = await replay(running(), endpoint);
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ admitted: 5, delivered: 5 });
  const bodies = receiver.requests.map((request) => request.body).toSorted();
  expect(bodies).toEqual([1, 2, 3, 4, 5].map((n) => `{"made":${n}}`));
});
