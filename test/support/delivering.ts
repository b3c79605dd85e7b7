import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createGateway, type DelivererChoices, type DeliveryRow, type Gateway } from "./gateway.ts";
import { type Handler, type Received, type Receiver, startReceiver } from "./receiver.ts";
import { until } from "./until.ts";

/** One gateway with one deliverer for all tests of the calling file; the tests keep to tenants of their own. */
export function useDeliveringGateway(choices: DelivererChoices = {}): () => Gateway {
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    gateway = await createGateway();
    await gateway.startDeliverer(choices);
  });
  afterAll(() => gateway?.close());
  return () => {
    if (!gateway) throw new Error("The gateway is there from beforeAll on.");
    return gateway;
  };
}

/** A gateway of the calling test, without a deliverer. */
export async function ownGateway(): Promise<Gateway> {
  const gateway = await createGateway();
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A receiver of the calling test. */
export async function receiverOfTest(handler?: Handler): Promise<Receiver> {
  const receiver = await startReceiver(handler);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Waits for the nth request, from 1, and returns it. */
export async function arrival(receiver: Receiver, nth = 1, deadlineMs = 15_000): Promise<Received> {
  return until(() => receiver.requests[nth - 1], { deadlineMs, what: `request ${nth} arrived` });
}

/** Waits until the only delivery of the event is in that state, and returns it. */
export async function deliveryIn(
  gateway: Gateway,
  eventId: string,
  status: string,
  deadlineMs = 15_000,
): Promise<DeliveryRow> {
  const found = async (): Promise<DeliveryRow | undefined> => {
    const [delivery, ...others] = await gateway.deliveries(eventId);
    if (others.length > 0) throw new Error(`the event has ${others.length + 1} deliveries`);
    return delivery?.status === status ? delivery : undefined;
  };
  return until(found, { deadlineMs, what: `the delivery of ${eventId} is ${status}` });
}

/** The headers of a request that a verifier reads. */
export function signedHeaders({ headers }: Received): Record<string, string> {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}
