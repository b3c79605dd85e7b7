import type { Statement } from "../store.ts";

export const findApiKey: Statement = {
  name: "find_api_key",
  text: `select role, tenant_id, kid, key_hash, expires_at, revoked_at from posthorn.api_keys where id = $1`,
};

/** A key of a missing tenant is not made: no row comes back. */
export const createApiKey: Statement = {
  name: "create_api_key",
  text: `
    with tenant as (
      select id from posthorn.tenants where id = $4 for key share
    ), made as (
      insert into posthorn.api_keys (id, name, role, tenant_id, kid, key_hash, created_by, expires_at)
      select $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bytea, $7::text, $8::timestamptz
      where $4 is null or exists (select 1 from tenant)
      returning id, name, role, tenant_id, created_by, created_at, expires_at, revoked_at
    ), said as (
      select posthorn.emit(tenant_id, 'API.Key.Created', json_strip_nulls(json_build_object('ApiKeyId', posthorn.type_id('key', id),
        'KeyName', name, 'AccountId', tenant_id, 'CreatedBy', created_by, 'Permissions', json_build_array(role),
        'ExpiresAt', posthorn.iso(expires_at), 'Timestamp', posthorn.iso(created_at))))
      from made where tenant_id is not null
    )
    select made.*, (select count(*) from said) from made`,
};

/** Twice is once: the second finds nothing to revoke, and says nothing. Returns whether there is such a key. */
export const revokeApiKey: Statement = {
  name: "revoke_api_key",
  text: `
    with revoked as (
      update posthorn.api_keys set revoked_at = posthorn.now() where id = $1 and revoked_at is null
      returning id, tenant_id, revoked_at
    ), said as (
      select posthorn.emit(tenant_id, 'API.Key.Revoked', json_build_object('ApiKeyId', posthorn.type_id('key', id),
        'AccountId', tenant_id, 'RevokedBy', $2::text, 'Reason', 'manual', 'Timestamp', posthorn.iso(revoked_at)))
      from revoked where tenant_id is not null
    )
    select exists (select 1 from posthorn.api_keys where id = $1) as known, (select count(*) from said)`,
};
