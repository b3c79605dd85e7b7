import type { Statement } from "../store.ts";

/** The secrets that sign now, the current one first. No row: no such endpoint, because every endpoint has a current one. */
export const listSecrets: Statement = {
  name: "list_secrets",
  text: `
    select s.id, s.tenant_id as "tenantId", s.endpoint_id as "endpointId", s.kid, s.nonce, s.ciphertext, s.created_at as "createdAt",
      s.expires_at as "expiresAt"
    from posthorn.endpoint_secrets s
    where s.tenant_id = $1 and s.endpoint_id = $2 and (s.expires_at is null or s.expires_at > posthorn.now())
    order by s.expires_at desc nulls first`,
};

export const rotateSecret: Statement = {
  name: "rotate_secret",
  text: `select posthorn.rotate_secret($1, $2,
    row($3::uuid, $1, $2, $4::text, $5::bytea, $6::bytea, null, null)::posthorn.endpoint_secrets, $7, $8) as result`,
};
