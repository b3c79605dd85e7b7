import { decodeBase64 } from "./base64.ts";

/** `whsec`: shared secret (HMAC); `whsk`: ed25519 private key; `whpk`: ed25519 public key. */
export type SecretKind = "whsec" | "whsk" | "whpk";

/** What is wrong with a secret. Closed. */
export type SecretFault = "unknownPrefix" | "notBase64" | "wrongLength" | "halvesDisagree";

/** A sentence in `detail` says what to do, and never repeats any of the secret. */
export type SecretRefusal = { readonly ok: false; readonly fault: SecretFault; readonly detail: string };

export type ParsedSecret = {
  readonly ok: true;
  readonly kind: SecretKind;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

type LengthRule = { readonly allows: (length: number) => boolean; readonly text: string };

// whsec: Standard Webhooks 1.0.0 asks for 24 to 64 bytes, which checkSecret holds new secrets to; secrets of 18 bytes are in
// use all the same (the one in Svix's documentation), so keys of 128 bits and more work. whsk: Svix and libsodium keep the
// seed (RFC 8032 section 5.1.5) followed by the public key; the bare seed says the same.
const lengthRules: Record<SecretKind, LengthRule> = {
  whsec: { allows: (length) => length >= 16 && length <= 64, text: "16 to 64 bytes" },
  whsk: {
    allows: (length) => length === 64 || length === 32,
    text: "64 bytes (seed and public key), or a 32-byte seed",
  },
  whpk: { allows: (length) => length === 32, text: "32 bytes" },
};

/** Reads `whsec_…`, `whsk_…` or `whpk_…`, as far as that can be judged without arithmetic on the curve. */
export function parseSecret(text: unknown): ParsedSecret | SecretRefusal {
  // Not a string at all: an environment variable that is not set.
  const kind = typeof text === "string" ? kindOf(text) : undefined;
  if (typeof text !== "string" || kind === undefined) {
    return refuse("unknownPrefix", "must begin with whsec_ (shared secret), whsk_ (private key) or whpk_ (public key)");
  }
  const bytes = decodeBase64(text.slice(kind.length + 1));
  if (bytes === undefined) {
    return refuse(
      "notBase64",
      `must be base64 of the standard alphabet, with padding and no white space, after ${kind}_`,
    );
  }
  const rule = lengthRules[kind];
  if (!rule.allows(bytes.length)) {
    return refuse("wrongLength", `must hold ${rule.text} after ${kind}_; this one holds ${bytes.length}`);
  }
  return { ok: true, kind, bytes };
}

function kindOf(text: string): SecretKind | undefined {
  if (text.startsWith("whsec_")) return "whsec";
  if (text.startsWith("whsk_")) return "whsk";
  if (text.startsWith("whpk_")) return "whpk";
  return undefined;
}

export function refuse(fault: SecretFault, detail: string): SecretRefusal {
  return { ok: false, fault, detail };
}
