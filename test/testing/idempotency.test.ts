import { expect, test } from "vitest";
import { prepare, testGateway } from "./kit.ts";

test("the id of an event is remembered for a day, and then free for another one", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const publish = async (total: number) => {
    const event = { id: "invoice-7-paid", type: "invoice.paid", tenantId: "acme", data: { total } };
    const { status, headers } = await gateway.request("POST", "/v1/events", event);
    return [status, headers.get("idempotent-replayed")];
  };
  expect(await publish(100)).toEqual([202, null]);
  await gateway.advance({ hours: 23, minutes: 59 });
  expect(await publish(100)).toEqual([202, "true"]);
  expect(await publish(200)).toEqual([422, null]);
  await gateway.advance({ minutes: 2 });
  expect(await publish(200)).toEqual([202, null]);
});
