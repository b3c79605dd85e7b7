import { randomBytes } from "node:crypto";
import { loadConfig } from "#config";
import { encodeId, newUuid } from "#domain/ids.ts";
import { createSecretBox } from "#services/secretBox.ts";
import { type Gateway, type TestEndpoint, testEnvironment } from "#test/gateway.ts";
import { generateSecret } from "#verify/index.ts";

/** Endpoints of the tenant at all these URLs for events of one type, made in one statement. */
export async function manyEndpoints(
  gateway: Gateway,
  tenantId: string,
  eventType: string,
  urls: readonly string[],
): Promise<TestEndpoint[]> {
  const box = await createSecretBox(loadConfig(testEnvironment, "start").secretKeys);
  const endpoints = urls.map(() => {
    const id = newUuid(Date.now(), randomBytes(10));
    return { id, publicId: encodeId("endpoint", id), tenantId, secret: generateSecret() };
  });
  const sealed = await Promise.all(
    endpoints.map(async ({ id: endpointId, secret }) => {
      const id = newUuid(Date.now(), randomBytes(10));
      return { id, ...(await box.seal(secret, { tenantId, endpointId, id })) };
    }),
  );
  await gateway.eventType(eventType);
  await gateway.rows(
    `with wanted as (
       select * from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::uuid[])
         as w (id, url, secret_id, kid, nonce, ciphertext, subscription_id)),
     made as (
       insert into posthorn.endpoints (id, tenant_id, url, headers, timeout_ms, payload_format)
       select id, $1, url, '{}', 15000, 'standard' from wanted),
     secrets as (
       insert into posthorn.endpoint_secrets (id, tenant_id, endpoint_id, kid, nonce, ciphertext)
       select secret_id, $1, id, kid, nonce, ciphertext from wanted)
     insert into posthorn.subscriptions (id, tenant_id, endpoint_id, event_types, exact_types, prefixes)
     select subscription_id, $1, id, array[$9], array[$9], '{}' from wanted`,
    [
      tenantId,
      endpoints.map(({ id }) => id),
      urls,
      sealed.map(({ id }) => id),
      sealed.map(({ kid }) => kid),
      sealed.map(({ nonce }) => Buffer.from(nonce)),
      sealed.map(({ ciphertext }) => Buffer.from(ciphertext)),
      urls.map(() => newUuid(Date.now(), randomBytes(10))),
      eventType,
    ],
  );
  return endpoints;
}
