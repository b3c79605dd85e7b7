import { desc, and, eq, lt } from "drizzle-orm";
import { apiKeys, type Role } from "#db/schema.ts";
import * as sql from "#db/sql/apiKeys.ts";
import type { Store } from "#db/store.ts";
import { decodeId, encodeId } from "#domain/ids.ts";
import { Problem } from "#domain/problems.ts";
import type { Context, Principal } from "./context.ts";
import type { KeyHasher } from "./keyHasher.ts";
import { missing } from "./missing.ts";
import { newId } from "./newId.ts";
import { cutPage, type Page, type PageRequest } from "./page.ts";

export interface ApiKey {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly tenantId: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  readonly tenantId?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

type KeyContext = Context & { readonly keyHasher: KeyHasher };

/** Makes a key. `token` is shown once: only its keyed hash is stored. @throws {Problem} invalidRequest, notFound */
export async function createApiKey(ctx: KeyContext, input: NewApiKey): Promise<{ key: ApiKey; token: string }> {
  checkNewKey(ctx, input);
  const id = newId(ctx.clock);
  const token = `${encodeId("apiKey", id)}.${secretPart()}`;
  const { kid, hash } = await ctx.keyHasher.hash(token);
  const { name, role, tenantId = null, expiresAt = null } = input;
  const values = [id, name, role, tenantId, kid, hash, ctx.principal.actor, expiresAt];
  const [row] = await ctx.store.run<CreatedRow>(sql.createApiKey, values);
  if (row === undefined) {
    throw new Problem("invalidRequest", "There is no such tenant: make it first with PUT /v1/tenants/{tenantId}.", [
      { pointer: "/tenantId", detail: "names no tenant" },
    ]);
  }
  const times = { createdAt: row.created_at, expiresAt: row.expires_at, revokedAt: row.revoked_at };
  return { key: { id, name, role, tenantId, createdBy: row.created_by, ...times }, token };
}

interface CreatedRow {
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/** Keys, newest first, revoked ones too; never a token or a hash. */
export async function listApiKeys(
  ctx: Context,
  { limit, after, tenantId }: PageRequest & { readonly tenantId?: string | undefined },
): Promise<Page<ApiKey>> {
  const { id, name, role, createdBy, createdAt, expiresAt, revokedAt } = apiKeys;
  const rows = await ctx.store.db
    .select({ id, name, role, tenantId: apiKeys.tenantId, createdBy, createdAt, expiresAt, revokedAt })
    .from(apiKeys)
    .where(
      and(
        after === null ? undefined : lt(id, after),
        tenantId === undefined ? undefined : eq(apiKeys.tenantId, tenantId),
      ),
    )
    .orderBy(desc(id))
    .limit(limit + 1);
  return cutPage(rows, limit, (row) => row.id);
}

/** Ends a key for ever; a revoked one stays revoked. @throws {Problem} notFound */
export async function revokeApiKey(ctx: Context, { keyId }: { readonly keyId: string }): Promise<void> {
  const [row] = await ctx.store.run<{ known: boolean }>(sql.revokeApiKey, [keyId, ctx.principal.actor]);
  if (row?.known !== true) missing();
}

/** What is wrong with a token that has the form of a key, or whose it is; `expiresAtMs` bounds how long that is true. */
export type KeyVerdict =
  | { readonly ok: true; readonly keyId: string; readonly principal: Principal; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: "unknown" | "expired" | "revoked" };

/** Judges a token. The reason is told only to who holds the whole key. */
export async function judgeToken(
  deps: { readonly store: Store; readonly keyHasher: KeyHasher },
  token: string,
  nowMs: number,
): Promise<KeyVerdict> {
  const id = /^(key_[0-9a-z]{26})\.[A-Za-z0-9_-]{43}$/.exec(token)?.[1];
  const keyId = id === undefined ? null : decodeId("apiKey", id);
  if (id === undefined || keyId === null) return { ok: false, reason: "unknown" };
  const [row] = await deps.store.run<FoundRow>(sql.findApiKey, [keyId]);
  if (row === undefined || !(await deps.keyHasher.matches(token, row.kid, row.key_hash))) {
    return { ok: false, reason: "unknown" };
  }
  if (row.revoked_at !== null) return { ok: false, reason: "revoked" };
  const expiresAtMs = row.expires_at?.getTime() ?? Infinity;
  if (expiresAtMs <= nowMs) return { ok: false, reason: "expired" };
  return { ok: true, keyId, principal: { role: row.role, tenantId: row.tenant_id, actor: id }, expiresAtMs };
}

interface FoundRow {
  readonly role: Role;
  readonly tenant_id: string | null;
  readonly kid: string;
  readonly key_hash: Uint8Array;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

function checkNewKey(ctx: Context, { role, tenantId, expiresAt }: NewApiKey): void {
  if (role === "tenant" && tenantId === undefined) {
    throw refused("/tenantId", "must be given for the role tenant");
  }
  if (role !== "tenant" && role !== "publisher" && tenantId !== undefined)
    throw refused("/tenantId", "may be given for the roles tenant and publisher only");
  if (expiresAt !== undefined && expiresAt.getTime() <= ctx.clock())
    throw refused("/expiresAt", "must lie in the future");
}

function refused(pointer: string, detail: string): Problem {
  return new Problem("invalidRequest", `${pointer} ${detail}.`, [{ pointer, detail }]);
}

/** 32 random bytes, base64url. */
function secretPart(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
