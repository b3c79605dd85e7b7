import { expect, test } from "vitest";
import { receiverOfTest } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { completed, endpointOf, past, read, replay, replayOnce, useReplaying } from "./replaying.ts";

const running = useReplaying();

test("a replay waits while the lane is paused, and goes on where it was", async () => {
  const receiver = await receiverOfTest(() => ({ delayMs: 30 }));
  const endpoint = await endpointOf(running(), receiver.url);
  const { gateway } = running();
  await past(gateway, endpoint, { count: 1200, status: "failed" });
  await gateway.setLane(endpoint, "pause");
  const { body } = await replay(running(), endpoint, { ratePerSecond: 600 });
  expect(await read(running(), endpoint.tenantId, body.id)).toMatchObject({ status: "waiting", startedAt: null });
  await gateway.setLane(endpoint, "resume");
  await until(() => receiver.requests.length > 100, { what: "it runs" });
  await gateway.setLane(endpoint, "pause");
  const held = () =>
    gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and status = 'queued'", [endpoint.id]);
  await until(async () => (await held()).length === 0, { what: "nothing is under way" });
  const paused = await read(running(), endpoint.tenantId, body.id);
  expect(paused.progress.delivered).toBeLessThan(1200);
  await gateway.setLane(endpoint, "resume");
  const { progress } = await completed(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ admitted: 1200, delivered: 1200 });
  expect(new Set(receiver.requests.map((request) => request.body)).size).toBe(1200);
  expect(receiver.requests).toHaveLength(1200);
});

test("a replay waits while its endpoint fails, and finishes once it has recovered", async () => {
  let up = false;
  const receiver = await receiverOfTest(() => ({ status: up ? 200 : 500 }));
  const endpoint = await endpointOf(running(), receiver.url, {
    retrySchedule: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  });
  const { gateway } = running();
  await past(gateway, endpoint, { count: 400, status: "failed" });
  const { body } = await replay(running(), endpoint);
  const reason = async () =>
    (await gateway.rows("select from posthorn.endpoints where id = $1 and lane_reason = 'failing'", [endpoint.id]))
      .length;
  await until(async () => (await reason()) > 0, { what: "the lane is closed" });
  const { progress } = await read(running(), endpoint.tenantId, body.id);
  expect(progress.admitted).toBeLessThan(400);
  up = true;
  const probe = async () => {
    await gateway.rows("update posthorn.lanes set next_at = now() where endpoint_id = $1 and reason = 'failing'", [
      endpoint.id,
    ]);
    return (await reason()) === 0;
  };
  await until(probe, { everyMs: 200, deadlineMs: 20_000, what: "it has recovered" });
  expect((await completed(running(), endpoint.tenantId, body.id)).progress).toMatchObject({
    admitted: 400,
    delivered: 400,
  });
});

test("it was down until all had failed: the replay's first delivery is the probe, and the others follow", async () => {
  let up = false;
  const receiver = await receiverOfTest(() => ({ status: up ? 200 : 500 }));
  const endpoint = await endpointOf(running(), receiver.url, { eventTypes: ["order.*"], retrySchedule: [] });
  const { gateway } = running();
  await gateway.eventType("order.lost");
  for (let n = 0; n < 40; n++) await gateway.publish(endpoint.tenantId, "order.lost", `{"n":${n}}`);
  const retry =
    "update posthorn.lanes set next_at = now() where endpoint_id = $1 and reason = 'failing' and not probing";
  const failed = async () => {
    await gateway.rows(retry, [endpoint.id]);
    const rows = await gateway.rows("select from posthorn.deliveries where endpoint_id = $1 and status = 'failed'", [
      endpoint.id,
    ]);
    return rows.length === 40;
  };
  await until(failed, { everyMs: 100, deadlineMs: 20_000, what: "all have failed" });
  const before = receiver.requests.length;
  const { body } = await replay(running(), endpoint);
  expect(body.matched).toBe(40);
  const tried = async () => {
    await gateway.rows(retry, [endpoint.id]);
    return receiver.requests.length > before;
  };
  await until(tried, { everyMs: 100, deadlineMs: 20_000, what: "a probe was sent" });
  up = true;
  const isDone = async () => {
    await gateway.rows(retry, [endpoint.id]);
    return (await read(running(), endpoint.tenantId, body.id)).status === "completed";
  };
  await until(isDone, { everyMs: 100, deadlineMs: 20_000, what: "it is completed" });
  const { progress } = await read(running(), endpoint.tenantId, body.id);
  expect(progress).toMatchObject({ admitted: 40, remaining: 0 });
  expect(progress.delivered).toBeGreaterThanOrEqual(38);
});

test("an endpoint's own rate limit holds for its replays, and its live traffic does not wait for them", async () => {
  const receiver = await receiverOfTest();
  const endpoint = await endpointOf(running(), receiver.url, { eventTypes: ["order.*"] });
  const { gateway } = running();
  await gateway.eventType("order.live");
  await gateway.rows(`update posthorn.endpoints set rate_limit = '{"max": 20, "windowSeconds": 1}' where id = $1`, [
    endpoint.id,
  ]);
  await past(gateway, endpoint, { count: 100, status: "failed" });
  const { body } = await replay(running(), endpoint);
  await until(() => receiver.requests.length > 20, { what: "it runs" });
  const id = await gateway.publish(endpoint.tenantId, "order.live");
  const publishedAt = Date.now();
  const live = await until(() => receiver.requests.find(({ headers }) => headers["webhook-id"] === id), {
    what: "the live one came",
  });
  expect(live.at - publishedAt).toBeLessThan(2500);
  expect(receiver.requests.indexOf(live)).toBeLessThan(90);
  await completed(running(), endpoint.tenantId, body.id);
  const at = receiver.requests.map((request) => request.at);
  const most = Math.max(...at.map((from) => at.filter((time) => time >= from && time < from + 990).length));
  expect(most).toBeLessThanOrEqual(20);
});

test("in the feed of an endpoint that is polled they are handed out again", async () => {
  const endpoint = await endpointOf(running(), "http://127.0.0.1:9/");
  const { gateway, api } = running();
  await past(gateway, endpoint, { count: 3, status: "failed" });
  const path = `/v1/tenants/${endpoint.tenantId}/endpoints/${endpoint.publicId}`;
  await api.call("PATCH", path, { body: { mode: "poll" } });
  const { body } = await replay(running(), endpoint);
  const shown = await replayOnce(
    running(),
    endpoint.tenantId,
    body.id,
    ({ progress }) => progress.admitted === 3,
    "has admitted all",
  );
  expect(shown).toMatchObject({ status: "running", progress: { remaining: 3, delivered: 0 } });
  const page = (await api.call("GET", `${path}/feed`)).body;
  expect(page.data).toHaveLength(3);
  await api.call("GET", `${path}/feed?cursor=${page.nextCursor}`);
  expect((await completed(running(), endpoint.tenantId, body.id)).progress).toMatchObject({ delivered: 3 });
});

test("live traffic goes first, the same endpoint's too", async () => {
  const receiver = await receiverOfTest(() => ({ delayMs: 20 }));
  const endpoint = await endpointOf(running(), receiver.url, { eventTypes: ["order.*"] });
  const { gateway } = running();
  await gateway.eventType("order.live");
  await past(gateway, endpoint, { count: 4000, status: "failed" });
  const { body } = await replay(running(), endpoint);
  await until(() => receiver.requests.length > 300, { what: "it runs" });
  const id = await gateway.publish(endpoint.tenantId, "order.live");
  const before = receiver.requests.length;
  const arrived = () => receiver.requests.findIndex(({ headers }) => headers["webhook-id"] === id);
  await until(() => arrived() >= 0, { what: "the live one came" });
  // Not behind the hundreds that were queued: what was under way, and what a deliverer had fetched already.
  expect(arrived() - before).toBeLessThan(400);
  await completed(running(), endpoint.tenantId, body.id);
  expect(receiver.requests).toHaveLength(4001);
});
