import { expect, test } from "vitest";
import { arrival, deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import type { AttemptRow } from "#test/gateway.ts";
import type { Handler, Receiver } from "#test/receiver.ts";
import { until } from "#test/until.ts";

const gateway = useDeliveringGateway();

/** A due retry waits for the promoter's next round (250 ms, longer on a busy machine) and for its job. */
const promotionMs = 3000;

async function publishTo(receiver: Receiver, choices: { retrySchedule?: readonly number[]; timeoutMs?: number } = {}) {
  const tenantId = await gateway().tenant();
  const endpoint = await gateway().endpoint({ tenantId, url: receiver.url, ...choices });
  await gateway().eventType("invoice.paid");
  return { tenantId, endpoint, eventId: await gateway().publish(tenantId, "invoice.paid") };
}

function answering(...statuses: readonly number[]): Handler {
  return (_, count) => ({ status: statuses[Math.min(count, statuses.length) - 1] ?? 200 });
}

function expectAfter(earlierMs: number, laterMs: number, delayMs: number): void {
  // A receiver notes the end of a request, and the delay counts from the outcome's commit: never early, to the millisecond.
  expect(laterMs - earlierMs).toBeGreaterThanOrEqual(delayMs);
  expect(laterMs - earlierMs).toBeLessThan(delayMs * 1.2 + promotionMs);
}

test("a failing endpoint is tried again by its schedule, never early, until it answers 2xx", async () => {
  const receiver = await receiverOfTest(answering(500, 404, 204));
  const { eventId } = await publishTo(receiver, { retrySchedule: [1, 2] });
  const delivery = await deliveryIn(gateway(), eventId, "delivered");
  const [first, second, third] = receiver.requests;
  expectAfter(first?.at ?? 0, second?.at ?? 0, 1000);
  expectAfter(second?.at ?? 0, third?.at ?? 0, 2000);
  expect(receiver.requests).toHaveLength(3);
  expect(new Set(receiver.requests.map((r) => r.headers["webhook-id"]))).toEqual(new Set([eventId]));
  expect(new Set(receiver.requests.map((r) => r.body)).size).toBe(1);
  expect(delivery).toMatchObject({ attempts: 3, step: 3, reason: null });
  expect(await gateway().attempts(delivery.id)).toMatchObject([
    { number: 1, outcome: "failed", failure: "httpStatus", http_status: 500, error: "the receiver answered 500" },
    { number: 2, outcome: "failed", failure: "httpStatus", http_status: 404, error: "the receiver answered 404" },
    { number: 3, outcome: "succeeded", failure: null, http_status: 204, error: null, address: "127.0.0.1" },
  ]);
});

test("an attempt's row says when it began, how long it took, and the first 4 KiB of the answer as text", async () => {
  // 4,095 bytes, then a character of two: it is cut off whole. NUL has no place in PostgreSQL's text.
  const receiver = await receiverOfTest(() => ({
    status: 500,
    body: `\0${"x".repeat(4094)}é${"y".repeat(5000)}`,
    delayMs: 300,
  }));
  const publishedAt = Date.now();
  const { eventId } = await publishTo(receiver, { retrySchedule: [] });
  const delivery = await deliveryIn(gateway(), eventId, "failed");
  const [attempt] = await gateway().attempts(delivery.id);
  expect(attempt?.response_body).toBe("x".repeat(4094));
  expect(attempt?.duration_ms).toBeGreaterThanOrEqual(295);
  const startedAt = attempt?.started_at.getTime() ?? 0;
  expect(startedAt).toBeGreaterThanOrEqual(publishedAt);
  expect(Math.abs((receiver.requests[0]?.at ?? 0) - startedAt)).toBeLessThan(2000);
});

test("answers that are no text at all are recorded as well", async () => {
  const receiver = await receiverOfTest(() => ({ status: 500, body: "\u{FFFF}\uD800 half" }));
  const { eventId } = await publishTo(receiver, { retrySchedule: [] });
  const delivery = await deliveryIn(gateway(), eventId, "failed");
  expect(await gateway().attempts(delivery.id)).toMatchObject([{ number: 1, http_status: 500 }]);
});

test("the last failure makes the delivery failed, with the reason; without a schedule the first is the last", async () => {
  const receiver = await receiverOfTest(answering(500));
  const exhausted = await publishTo(receiver, { retrySchedule: [1] });
  const once = await publishTo(receiver, { retrySchedule: [] });
  expect(await deliveryIn(gateway(), exhausted.eventId, "failed")).toMatchObject({ attempts: 2, reason: "httpStatus" });
  expect(await deliveryIn(gateway(), once.eventId, "failed")).toMatchObject({ attempts: 1, reason: "httpStatus" });
});

test("the default schedule applies to an endpoint without its own, and a far retry waits without a job", async () => {
  const receiver = await receiverOfTest(answering(500));
  const { eventId } = await publishTo(receiver);
  const delivery = await deliveryIn(gateway(), eventId, "scheduled");
  const [attempt] = await gateway().attempts(delivery.id);
  const delayMs = delivery.due_at.getTime() - (attempt?.started_at.getTime() ?? 0);
  expect(delayMs).toBeGreaterThanOrEqual(5000);
  expect(delayMs).toBeLessThan(5000 * 1.2 + 5000);
  await until(async () => (await gateway().jobs(delivery.id)) === 0, { what: "its job is done" });
  expect(await deliveryIn(gateway(), eventId, "scheduled")).toMatchObject({ attempts: 1 });
});

test("Retry-After is a floor", async () => {
  const receiver = await receiverOfTest((_, count) =>
    count === 1 ? { status: 503, headers: { "retry-after": "3" } } : {},
  );
  const { eventId } = await publishTo(receiver, { retrySchedule: [1] });
  await deliveryIn(gateway(), eventId, "delivered");
  const [first, second] = receiver.requests;
  expectAfter(first?.at ?? 0, second?.at ?? 0, 3000);
  expect(receiver.requests).toHaveLength(2);
});

test("Retry-After reaches an hour beyond the schedule at most", async () => {
  const receiver = await receiverOfTest(() => ({ status: 503, headers: { "retry-after": "999999" } }));
  const { eventId } = await publishTo(receiver, { retrySchedule: [1] });
  const answeredAt = (await arrival(receiver)).at;
  const delivery = await deliveryIn(gateway(), eventId, "scheduled");
  const delayMs = delivery.due_at.getTime() - answeredAt;
  expect(delayMs).toBeGreaterThanOrEqual(3_601_000);
  expect(delayMs).toBeLessThan(3_601_000 + 5000);
});

async function firstFailure(receiver: Receiver): Promise<AttemptRow | undefined> {
  const { eventId } = await publishTo(receiver, { timeoutMs: 500 });
  const delivery = await deliveryIn(gateway(), eventId, "scheduled");
  return (await gateway().attempts(delivery.id))[0];
}

test("redirects, hang-ups, time-outs and closed ports are failures that are tried again", async () => {
  const redirecting = await receiverOfTest(() => ({ status: 301, headers: { location: "/elsewhere" } }));
  const hangingUp = await receiverOfTest(() => ({ hangUp: true }));
  const slow = await receiverOfTest(() => ({ delayMs: 5000 }));
  const closed = await receiverOfTest();
  await closed.close();
  const found = await Promise.all([redirecting, hangingUp, slow, closed].map(firstFailure));
  expect(found).toMatchObject([
    { failure: "httpStatus", http_status: 301 },
    { failure: "connection", http_status: null, address: "127.0.0.1" },
    { failure: "timeout", http_status: null },
    { failure: "connection", http_status: null, address: "127.0.0.1" },
  ]);
  expect(redirecting.requests).toHaveLength(1);
});

test("a target that the address guard refuses fails without a connection", async () => {
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: "https://10.1.2.3/in" });
  await gateway().eventType("invoice.paid");
  const eventId = await gateway().publish(tenantId, "invoice.paid");
  const delivery = await deliveryIn(gateway(), eventId, "scheduled");
  expect(await gateway().attempts(delivery.id)).toMatchObject([
    { outcome: "failed", failure: "blockedAddress", http_status: null, response_body: null },
  ]);
});

test("redeliver starts the schedule again and goes on numbering the attempts", async () => {
  const receiver = await receiverOfTest(answering(500, 500, 500, 200));
  const { eventId } = await publishTo(receiver, { retrySchedule: [1] });
  const failed = await deliveryIn(gateway(), eventId, "failed");
  expect(await gateway().redeliver(failed)).toBe("queued");
  const delivered = await deliveryIn(gateway(), eventId, "delivered");
  expect(delivered).toMatchObject({ id: failed.id, attempts: 4, reason: null });
  const attempts = await gateway().attempts(failed.id);
  expect(attempts.map((a) => [a.number, a.http_status])).toEqual([
    [1, 500],
    [2, 500],
    [3, 500],
    [4, 200],
  ]);
  const [, , third, fourth] = receiver.requests;
  expectAfter(third?.at ?? 0, fourth?.at ?? 0, 1000);
});

test("redeliver sends a delivery that waits for its retry at once", async () => {
  const receiver = await receiverOfTest(answering(500, 200));
  const { eventId } = await publishTo(receiver, { retrySchedule: [3600] });
  const waiting = await deliveryIn(gateway(), eventId, "scheduled");
  expect(await gateway().redeliver(waiting)).toBe("queued");
  expect(await deliveryIn(gateway(), eventId, "delivered")).toMatchObject({ attempts: 2 });
});

test("a canceled delivery is not tried again", async () => {
  const receiver = await receiverOfTest(answering(500));
  const { eventId } = await publishTo(receiver, { retrySchedule: [1] });
  const waiting = await deliveryIn(gateway(), eventId, "scheduled");
  expect(await gateway().cancel(waiting)).toBe("canceled");
  const later = await publishTo(receiver, { retrySchedule: [3] });
  await until(async () => (await gateway().deliveries(later.eventId))[0]?.attempts === 2, {
    what: "a later retry was made",
  });
  expect(receiver.requests.filter((r) => r.headers["webhook-id"] === eventId)).toHaveLength(1);
  expect(await gateway().deliveries(eventId)).toMatchObject([{ status: "canceled", reason: "byRequest", attempts: 1 }]);
});

test("canceled while its request is under way, the attempt is recorded and the delivery stays canceled", async () => {
  const answer = Promise.withResolvers<{ status: number }>();
  const receiver = await receiverOfTest(() => answer.promise);
  const { eventId } = await publishTo(receiver);
  await arrival(receiver);
  const [delivery] = await gateway().deliveries(eventId);
  if (!delivery) throw new Error("there is no delivery");
  expect(await gateway().cancel(delivery)).toBe("canceled");
  answer.resolve({ status: 200 });
  await until(async () => (await gateway().attempts(delivery.id)).length === 1, { what: "the attempt is recorded" });
  expect(await gateway().deliveries(eventId)).toMatchObject([{ status: "canceled", reason: "byRequest", attempts: 1 }]);
  expect(await gateway().attempts(delivery.id)).toMatchObject([{ number: 1, outcome: "succeeded", http_status: 200 }]);
});
