import { readPrivateKey } from "./lib/ed25519.ts";
import { parseSecret, refuse, type SecretKind, type SecretRefusal } from "./lib/secret.ts";

/** Either the kind of the secret, or the fault and a `detail` that completes "the secret …" without quoting it. */
export type SecretCheck = { readonly ok: true; readonly kind: SecretKind } | SecretRefusal;

const shortestNewSecret = 24;

/**
 * Judges a secret that somebody chose: `whsec_` (24 to 64 bytes), `whsk_` (its halves must belong together) or `whpk_`.
 * Never throws for a bad one. What it accepts as `whsec` or `whsk`, `importSigningKey` imports; that also imports `whsec_` of
 * 16 to 23 bytes, for the sake of secrets that are already in use.
 */
export async function checkSecret(text: string): Promise<SecretCheck> {
  const parsed = parseSecret(text);
  if (!parsed.ok) return parsed;
  if (parsed.kind === "whsec" && parsed.bytes.length < shortestNewSecret) {
    return refuse("wrongLength", `must hold 24 to 64 bytes after whsec_; this one holds ${parsed.bytes.length}`);
  }
  if (parsed.kind === "whsk") {
    const parts = await readPrivateKey(parsed.bytes);
    if (!parts.ok) return parts;
  }
  return { ok: true, kind: parsed.kind };
}
