import { expect, test } from "vitest";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("a month later an event's day is dropped, but not one that still has something to send", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const receiver = await gateway.receiver();
  const { id } = await addEndpoint(gateway, receiver);
  const known = async (event: string): Promise<boolean> =>
    (await gateway.request("GET", `/v1/tenants/acme/events/${event}`)).status === 200;
  const sent = await publish(gateway);
  await gateway.advance({ days: 3 });
  await gateway.request("POST", `/v1/tenants/acme/endpoints/${id}/pause`);
  const waiting = await publish(gateway);

  await gateway.advance({ days: 26 });
  expect([await known(sent), await known(waiting)]).toEqual([true, true]);
  await gateway.advance({ days: 5 });
  expect([await known(sent), await known(waiting)]).toEqual([false, true]);

  await gateway.request("POST", `/v1/tenants/acme/endpoints/${id}/resume`);
  await gateway.settled();
  expect(receiver.requests.map(({ headers }) => headers["webhook-id"])).toEqual([sent, waiting]);
  await gateway.advance({ days: 2 });
  expect(await known(waiting)).toBe(false);
});
