import { expect, test } from "vitest";
import { WebhookVerificationError } from "#verify/index.ts";
import { addEndpoint, prepare, publish, testGateway } from "./kit.ts";

test("a rotated secret goes on signing until its overlap is over, and no longer", async () => {
  const gateway = await testGateway();
  await prepare(gateway);
  const receiver = await gateway.receiver();
  const { id, secret: old } = await addEndpoint(gateway, receiver);
  const path = `/v1/tenants/acme/endpoints/${id}/secret`;
  const { body } = await gateway.request<{ secret: string }>("POST", `${path}/rotate`, { overlapSeconds: 86_400 });

  await gateway.advance({ hours: 23, minutes: 59 });
  await publish(gateway);
  await gateway.settled();
  const [before] = receiver.requests;
  expect(await before?.verify(old)).toMatchObject({ payload: { type: "invoice.paid" } });
  expect(await before?.verify(body.secret)).toMatchObject({ payload: { type: "invoice.paid" } });

  await gateway.advance({ minutes: 2 });
  await publish(gateway);
  await gateway.settled();
  const [, after] = receiver.requests;
  expect(await after?.verify(body.secret)).toMatchObject({ payload: { type: "invoice.paid" } });
  await expect(after?.verify(old)).rejects.toThrow(WebhookVerificationError);
  expect((await gateway.request("GET", path)).body).toMatchObject({ secret: body.secret, previous: [] });
});
