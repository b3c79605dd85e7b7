import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import { generateSecret, generateSigningKeyPair, verify } from "#verify/index.ts";
import { signedWebhook } from "./webhook.ts";

// Neither package takes a clock, so these tests run on the system's.
const nowSeconds = () => Math.floor(Date.now() / 1000);
const bodies = ['{"type":"invoice.paid","data":{"amount":1.0}}', '{"e":"é😀"}', "[]"];

// svix 2 returns nothing and throws when it refuses; standardwebhooks returns the parsed body.
describe.each([
  ["standardwebhooks", StandardWebhook, (body: string): unknown => JSON.parse(body)],
  ["svix", SvixWebhook, () => undefined],
])("the npm package %s", (_, Peer, returned) => {
  test.each(bodies)("accepts what we sign: %s", async (body) => {
    const secret = generateSecret();
    const webhook = await signedWebhook([secret], { timestamp: nowSeconds(), body });
    expect(new Peer(secret).verify(webhook.body, webhook.headers)).toEqual(returned(body));
  });

  test("accepts both secrets of a rotation, an ed25519 signature beside them, and not a third", async () => {
    const [oldSecret, newSecret] = [generateSecret(), generateSecret()];
    const { privateKey } = await generateSigningKeyPair();
    const { body, headers } = await signedWebhook([privateKey, newSecret, oldSecret], { timestamp: nowSeconds() });
    expect(new Peer(oldSecret).verify(body, headers)).toEqual(returned(body));
    expect(new Peer(newSecret).verify(body, headers)).toEqual(returned(body));
    expect(() => new Peer(newSecret).verify(`${body} `, headers)).toThrow("No matching signature");
    expect(() => new Peer(generateSecret()).verify(body, headers)).toThrow("No matching signature");
  });

  test.each(bodies)("signs what we accept: %s", async (body) => {
    const secret = generateSecret();
    const timestamp = nowSeconds();
    const signature = new Peer(secret).sign("msg_1", new Date(timestamp * 1000), body);
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": String(timestamp), "webhook-signature": signature };
    expect(await verify(body, headers, secret)).toMatchObject({ id: "msg_1", body, payload: JSON.parse(body) });
  });
});
