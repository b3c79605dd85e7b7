import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "#test/clone.ts";
import { deliveryIn, ownGateway, receiverOfTest } from "#test/delivering.ts";
import { type Metrics, metricsThat, readMetrics } from "#test/metrics.ts";
import { operatorKey, startApiProcess, startDelivererProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";

/** Every name that docs/operating.md tells operators of. */
const everywhere = [
  "posthorn_database_connections",
  "posthorn_database_connections_idle",
  "posthorn_database_waiting",
  "posthorn_event_loop_delay_seconds",
  "posthorn_log_lines_lost_total",
];
const ofTheApi = [
  ...everywhere,
  "posthorn_http_request_seconds",
  "posthorn_http_requests_total",
  "posthorn_published_events_total",
];
const ofADeliverer = [
  ...everywhere,
  "posthorn_attempt_seconds",
  "posthorn_attempts_total",
  "posthorn_census_timestamp_seconds",
  "posthorn_delivery_delay_seconds",
  "posthorn_events_to_fan_out",
  "posthorn_events_to_fan_out_oldest_seconds",
  "posthorn_loop_duration_seconds",
  "posthorn_loop_failures_total",
  "posthorn_loop_last_run_timestamp_seconds",
  "posthorn_loop_rows_total",
  "posthorn_replays",
  "posthorn_requests_in_flight",
  "posthorn_slots",
  "posthorn_waiting_deliveries",
  "posthorn_waiting_oldest_seconds",
];
const loops = [
  "census",
  "evaluations",
  "idempotency_keys",
  "lanes",
  "old_evaluations",
  "partitions",
  "poked_lanes",
  "promote",
  "pulse",
  "reconcile_deliveries",
  "reconcile_events",
  "reconcile_keys",
  "reconcile_lanes",
  "replays",
  "retention",
  "throttles",
];

test("the API shows what it counts: what was published, by result, and requests by route and status", async () => {
  const gateway = await ownGateway();
  const tenantId = await gateway.tenant();
  await gateway.eventType("order.paid");
  const api = await startApiProcess(gateway.url);
  const publish = (type: string): Promise<Response> =>
    fetch(`${api.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
      body: JSON.stringify({ id: "order-1", type, tenantId, data: {} }),
    });
  for (const type of ["order.paid", "order.paid", "no.such"]) await (await publish(type)).text();
  await (await fetch(`${api.url}/v1/tenants/${tenantId}`)).text();
  await (await fetch(`${api.url}/wp-login.php`)).text();

  const metrics = await readMetrics(api.port);
  expect([...metrics.described].toSorted()).toEqual(ofTheApi.toSorted());
  expect([...metrics.names].toSorted()).toEqual(ofTheApi.toSorted());
  const published = (result: string): number => metrics.value("posthorn_published_events_total", `result="${result}"`);
  expect(["accepted", "replayed", "unknownEventType"].map(published)).toEqual([1, 1, 1]);
  const requests = (labels: string): number => metrics.value("posthorn_http_requests_total", labels);
  expect(requests('method="POST",route="/v1/events",status="202"')).toBe(2);
  expect(requests('method="POST",route="/v1/events",status="422"')).toBe(1);
  expect(requests('method="GET",route="/v1/tenants/:tenantId",status="401"')).toBe(1);
  expect(requests('method="GET",route="none",status="404"')).toBe(1);
  expect(metrics.value("posthorn_http_request_seconds_count", 'route="/v1/events"')).toBe(3);
  expect(metrics.value("posthorn_database_connections")).toBeGreaterThan(0);
  expect(metrics.value("posthorn_event_loop_delay_seconds_count")).toBeGreaterThan(0);
});

const waiting = (metrics: Metrics, state: string): number =>
  metrics.value("posthorn_waiting_deliveries", `state="${state}"`);

test("a deliverer shows its attempts, their delay, every loop, and what waits, on a port of its own", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest((_, count) => ({ status: count === 1 ? 200 : 500 }));
  const tenantId = await gateway.tenant();
  for (const type of ["order.paid", "order.late"]) await gateway.eventType(type);
  const paused = await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["order.late"] });
  await gateway.endpoint({ tenantId, url: receiver.url, eventTypes: ["order.paid"], retrySchedule: [3600] });
  await gateway.setLane(paused, "pause");
  const port = await freePort();
  startDelivererProcess(gateway.url, { env: { POSTHORN_METRICS_PORT: String(port), POSTHORN_CONCURRENCY: "7" } });
  await deliveryIn(gateway, await gateway.publish(tenantId, "order.paid"), "delivered");
  await deliveryIn(gateway, await gateway.publish(tenantId, "order.paid"), "scheduled");
  await deliveryIn(gateway, await gateway.publish(tenantId, "order.late"), "held");
  // Counted anew from the beginning: a count that is under way has passed what came since.
  await gateway.rows("update posthorn.census set taken_at = null, step = null");

  const metrics = await metricsThat(port, "what waits is counted", (m) => waiting(m, "paused") === 1);
  expect([...metrics.described].toSorted()).toEqual(ofADeliverer.toSorted());
  expect([...metrics.names].toSorted()).toEqual(ofADeliverer.toSorted());
  expect(waiting(metrics, "scheduled")).toBe(1);
  expect(waiting(metrics, "failing")).toBe(0);
  expect(metrics.value("posthorn_attempts_total", 'outcome="succeeded",failure=""')).toBe(1);
  expect(metrics.value("posthorn_attempts_total", 'outcome="failed",failure="httpStatus"')).toBe(1);
  expect(metrics.value("posthorn_attempt_seconds_count", 'outcome="succeeded"')).toBe(1);
  expect(metrics.value("posthorn_delivery_delay_seconds_count")).toBe(2);
  expect(metrics.value("posthorn_slots")).toBe(7);
  expect(metrics.value("posthorn_requests_in_flight")).toBe(0);
  const ran = (loop: string) => metrics.value("posthorn_loop_last_run_timestamp_seconds", `loop="${loop}"`);
  expect(loops.filter((loop) => ran(loop) < Date.now() / 1000 - 60)).toEqual([]);
  expect(loops.filter((loop) => metrics.value("posthorn_loop_failures_total", `loop="${loop}"`) > 0)).toEqual([]);
  expect(metrics.value("posthorn_loop_rows_total", 'loop="partitions"')).toBe(0);
});

test("a deliverer whose metrics port is taken says so once and delivers all the same", async () => {
  const gateway = await ownGateway();
  const receiver = await receiverOfTest();
  const tenantId = await gateway.tenant();
  await gateway.eventType("order.paid");
  await gateway.endpoint({ tenantId, url: receiver.url });
  const taken = createServer();
  onTestFinished(() => void taken.close());
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  const deliverer = startDelivererProcess(gateway.url, { env: { POSTHORN_METRICS_PORT: String(port) } });
  await deliveryIn(gateway, await gateway.publish(tenantId, "order.paid"), "delivered");
  await until(() => deliverer.log().includes("metrics are not served"), { what: "it says so" });
  expect(deliverer.log().match(/metrics are not served/g)).toHaveLength(1);
  expect(deliverer.log()).toContain("POSTHORN_METRICS_PORT");
  deliverer.kill("SIGTERM");
  expect(await deliverer.ended).toBe(0);
});

test("a deliverer's port answers nothing but its metrics", async () => {
  const gateway = await ownGateway();
  const port = await freePort();
  const deliverer = startDelivererProcess(gateway.url, { env: { POSTHORN_METRICS_PORT: String(port) } });
  await metricsThat(port, "metrics are served", () => true);
  for (const [method, path] of [
    ["GET", "/"],
    ["POST", "/metrics"],
    ["GET", "/v1/tenants"],
  ] as const)
    expect((await fetch(`http://127.0.0.1:${port}${path}`, { method })).status).toBe(404);
  deliverer.kill("SIGTERM");
  expect(await deliverer.ended).toBe(0);
});
