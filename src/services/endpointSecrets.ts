import * as sql from "#db/sql/secrets.ts";
import type { SignatureVersion } from "#db/schema.ts";
import { Problem } from "#domain/problems.ts";
import { checkSecret } from "#verify/check-secret.ts";
import { generateSecret } from "#verify/generate-secret.ts";
import { importSigningKey } from "#verify/import-signing-key.ts";
import { generateSigningKeyPair } from "#verify/generate-signing-key-pair.ts";
import { publicKeyOf } from "#verify/public-key-of.ts";
import type { TenantContext } from "./context.ts";
import { getEndpoint } from "./endpoints.ts";
import { missing } from "./missing.ts";
import { newId } from "./newId.ts";
import type { SealedSecret, SecretToStore } from "./secretBox.ts";
import type { ExpiringKey } from "./signedHeaders.ts";

export const OVERLAP_DEFAULT_SECONDS = 86_400;
export const OVERLAP_MAX_SECONDS = 604_800;

/** Makes or checks the secret of a new endpoint, or of a rotation, and seals it. @throws {Problem} invalidSecret */
export async function prepareSecret(
  ctx: TenantContext,
  endpointId: string,
  signature: SignatureVersion,
  chosen: string | undefined,
): Promise<SecretToStore> {
  const secret = chosen ?? (await makeSecret(signature));
  if (chosen !== undefined) await requireSecret(chosen, signature);
  const id = newId(ctx.clock);
  const sealed = await ctx.secrets.seal(secret, { tenantId: ctx.tenantId, endpointId, id });
  return { ...sealed, id, shown: await shownForm(secret, signature) };
}

export interface EndpointSecret {
  readonly secret: string;
  readonly createdAt: Date;
  /** The rotated ones that still sign, latest end first. */
  readonly previous: readonly { readonly expiresAt: Date }[];
}

/** The current secret, in the form that a receiver needs. @throws {Problem} notFound */
export async function getSecret(
  ctx: TenantContext,
  { endpointId }: { readonly endpointId: string },
): Promise<EndpointSecret> {
  const { signature } = await getEndpoint(ctx, { endpointId });
  const [current, ...old] = await ctx.store.run<SecretRow>(sql.listSecrets, [ctx.tenantId, endpointId]);
  if (current === undefined) return missing();
  const previous = old.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [{ expiresAt }]));
  return {
    secret: await shownForm(await ctx.secrets.open(current), signature),
    createdAt: current.createdAt,
    previous,
  };
}

/** Every key that signs now, the current one first. None: there is no such endpoint. */
export async function signingKeys(
  ctx: TenantContext,
  { endpointId }: { readonly endpointId: string },
): Promise<ExpiringKey[]> {
  const rows = await ctx.store.run<SecretRow>(sql.listSecrets, [ctx.tenantId, endpointId]);
  return Promise.all(
    rows.map(async (row) => ({
      key: await importSigningKey(await ctx.secrets.open(row)),
      expiresAtMs: row.expiresAt?.getTime() ?? null,
    })),
  );
}

interface SecretRow extends SealedSecret {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

export interface Rotation {
  readonly endpointId: string;
  readonly overlapSeconds: number;
  readonly secret?: string | undefined;
}

/** A new current secret; the old ones sign as well until the overlap is over. @throws {Problem} notFound, invalidSecret, tooManySecrets */
export async function rotateSecret(
  ctx: TenantContext,
  { endpointId, overlapSeconds, secret }: Rotation,
): Promise<EndpointSecret> {
  const { signature } = await getEndpoint(ctx, { endpointId });
  const { id, kid, nonce, ciphertext } = await prepareSecret(ctx, endpointId, signature, secret);
  const values = [ctx.tenantId, endpointId, id, kid, nonce, ciphertext, overlapSeconds, ctx.principal.actor];
  const [row] = await ctx.store.run<{ result: "ok" | "missing" | "tooMany" }>(sql.rotateSecret, values);
  if (row?.result === "tooMany") {
    throw new Problem("tooManySecrets", "Ten secrets sign already. Wait until the overlap of one is over.");
  }
  if (row?.result !== "ok") missing();
  return getSecret(ctx, { endpointId });
}

async function makeSecret(signature: SignatureVersion): Promise<string> {
  return signature === "v1" ? generateSecret() : (await generateSigningKeyPair()).privateKey;
}

const kinds = { v1: "whsec", v1a: "whsk" } as const;

async function requireSecret(secret: string, signature: SignatureVersion): Promise<void> {
  const checked = await checkSecret(secret);
  const kind = kinds[signature];
  const wanted = `must begin with ${kind}_ for the signature ${signature}`;
  const reason = checked.ok ? (checked.kind === kind ? null : wanted) : checked.detail;
  if (reason === null) return;
  throw new Problem("invalidSecret", `The secret ${reason}.`, [{ pointer: "/secret", detail: reason }]);
}

/** A private key never leaves: receivers verify with its public key. */
async function shownForm(secret: string, signature: SignatureVersion): Promise<string> {
  return signature === "v1" ? secret : publicKeyOf(secret);
}
