import { onTestFinished } from "vitest";
import { type ApiProcess, operatorKey } from "#test/processes.ts";
import { startReceiver } from "#test/receiver.ts";
import { until } from "#test/until.ts";
import { isSigned } from "../harness/audience.ts";
import type { Stage } from "../harness/scenario.ts";

/** The endpoint's retry schedule has nothing else. */
export const retryAfterMs = 3_000;

/** A receiver that answers 500 to the first request of each event, and 200 to the next. */
export interface FailsFirst {
  /** Publishes events for it, waits until each has been retried, and returns how long after its first request each second one came. */
  retriedAfterMs(api: ApiProcess, events: number): Promise<number[]>;
}

export async function startFailsFirst(stage: Stage): Promise<FailsFirst> {
  const gateway = await stage.gateway();
  const tenantId = await gateway.tenant();
  const type = "retried.made";
  const arrivedAtMs = new Map<string, number[]>();
  const receiver = await startReceiver(async (request) => {
    const webhookId = String(request.headers["webhook-id"]);
    const times = [...(arrivedAtMs.get(webhookId) ?? []), performance.now()];
    arrivedAtMs.set(webhookId, times);
    const accepted = times.length > 1;
    const signatureHolds = await isSigned(request, endpoint.secret);
    stage.arrived({ webhookId, endpointId: endpoint.id, accepted, signatureHolds, at: request.at });
    return accepted ? {} : { status: 500 };
  });
  onTestFinished(() => receiver.close());
  await gateway.eventType(type);
  const retrySchedule = Array.from({ length: 5 }, () => retryAfterMs / 1000);
  const endpoint = await gateway.endpoint({ tenantId, url: receiver.url, retrySchedule, timeoutMs: 30_000 });
  return {
    async retriedAfterMs(api, events) {
      for (let n = 0; n < events; n++) {
        const id = `retried-${n}`;
        await publish(api, { type, tenantId, id, data: { n: id } });
        stage.acknowledged({ id, tenantId, endpointIds: [endpoint.id], at: Date.now() });
      }
      const isRetried = (): boolean => gapsIn(arrivedAtMs).length === events;
      await until(isRetried, { deadlineMs: 60_000, what: "each of them has been retried" });
      return gapsIn(arrivedAtMs);
    },
  };
}

/** From the first request to the second, of each that has had a second. */
function gapsIn(arrivedAtMs: ReadonlyMap<string, readonly number[]>): number[] {
  const gaps = arrivedAtMs
    .values()
    .flatMap(([first, second]) => (first === undefined || second === undefined ? [] : [second - first]));
  return [...gaps];
}

async function publish({ url }: ApiProcess, event: object): Promise<void> {
  const response = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${response.status} ${text}`);
}
