import { importSigningKey, sign } from "#verify/index.ts";

/** A signed webhook as it arrives: what a test changes stands in the test. */
export type Webhook = { id: string; timestamp: number; body: string; headers: Record<string, string> };

/** Signs with every secret given, in order, as the gateway does while a rotation overlaps. */
export async function signedWebhook(
  secrets: readonly string[],
  { id = "evt_01jd", timestamp = 1_700_000_000, body = '{"type":"invoice.paid","data":{"amount":1.0}}' } = {},
): Promise<Webhook> {
  const keys = await Promise.all(secrets.map((secret) => importSigningKey(secret)));
  const signatures = await Promise.all(keys.map((key) => sign({ id, timestamp, body }, key)));
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
  return { id, timestamp, body, headers };
}
