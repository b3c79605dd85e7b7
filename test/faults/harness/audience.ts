import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { z } from "zod";
import type { Gateway, TestEndpoint } from "#test/gateway.ts";
import { type Received, startReceiver } from "#test/receiver.ts";
import { verify } from "#verify/index.ts";
import type { Books } from "./books.ts";
import type { Audience, AudienceChoices } from "./scenario.ts";

/** A receiver that shares two cores with ten processes answers late; what it has accepted and is sent again for that is no fault of the gateway. */
const timeoutMs = 30_000;

/** The only event type of the loads. */
export const loadType = "load.made";

/** Tenants with endpoints at one receiver, whose every request is in the books before it is answered. */
export async function startAudience(gateway: Gateway, books: Books, choices: AudienceChoices): Promise<Audience> {
  const { endpointsPerTenant = [2, 1], answerMs = () => 5, retrySchedule = [1, 1, 2, 2, 5, 5, 10] } = choices;
  const endpoints = new Map<string, TestEndpoint>();
  const deliveries = new Set<string>();
  let [arrivals, inFlight] = [0, 0];
  const receiver = await startReceiver(async (request) => {
    const nth = ++arrivals;
    inFlight++;
    deliveries.add(`${String(request.headers["webhook-id"])} ${request.path}`);
    await note(request, endpoints.get(request.path), books);
    // Bodies may be large and many.
    receiver.requests.length = 0;
    await delay(answerMs(nth));
    inFlight--;
  });
  onTestFinished(() => receiver.close());
  await gateway.eventType(loadType);
  const endpointsOf = new Map<string, TestEndpoint[]>();
  for (const count of endpointsPerTenant) {
    const tenantId = await gateway.tenant();
    const made = await Promise.all(
      Array.from({ length: count }, async (_, nth) => {
        const path = `${tenantId}/${nth}`;
        const endpoint = await gateway.endpoint({ tenantId, url: receiver.url + path, retrySchedule, timeoutMs });
        endpoints.set(`/${path}`, endpoint);
        return endpoint;
      }),
    );
    endpointsOf.set(tenantId, made);
  }
  const ids = new Set(endpoints.values().map((endpoint) => endpoint.id));
  return {
    endpointsOf,
    arrivals: () => arrivals,
    deliveries: () => deliveries.size,
    inFlight: () => inFlight,
    longestWaitMs: () => books.longestWaitMs(ids, Date.now()),
  };
}

async function note(request: Received, endpoint: TestEndpoint | undefined, books: Books): Promise<void> {
  const { at, body, path } = request;
  const signatureHolds = endpoint !== undefined && (await isSigned(request, endpoint.secret));
  const webhookId = String(request.headers["webhook-id"]);
  const n = signatureHolds ? numberIn(body) : undefined;
  const arrival = { webhookId, endpointId: endpoint?.id ?? path, accepted: true, signatureHolds, at };
  books.arrive(n === undefined ? arrival : { ...arrival, n });
}

/** Whether its signature holds, by this process's clock. */
export function isSigned({ body, headers }: Received, secret: string): Promise<boolean> {
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return verify(body, Object.fromEntries(texts), secret).then(
    () => true,
    () => false,
  );
}

const numbered = z.object({ data: z.object({ n: z.union([z.string(), z.number()]) }) });

/** What the publisher calls the event in its data. */
function numberIn(body: string): string | number | undefined {
  return numbered.safeParse(JSON.parse(body)).data?.data.n;
}
