import type { KeyRing } from "#config";

/** Which row a sealed secret belongs to: the additional data, so that a ciphertext moved to another row does not open. */
export interface SecretRow {
  readonly tenantId: string;
  /** UUIDs, as the database has them. */
  readonly endpointId: string;
  readonly id: string;
}

/** AES-256-GCM: 12-byte nonce, ciphertext with its 16-byte tag; `kid` names the key of the ring. */
export interface SealedSecret {
  readonly kid: string;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A sealed secret's row, and what its owner may see of it: `whsec_…` itself, or the `whpk_…` of a `whsk_…`. */
export interface SecretToStore extends SealedSecret {
  readonly id: string;
  readonly shown: string;
}

export interface SecretBox {
  /** Encrypts with the ring's first key. */
  seal(secret: string, row: SecretRow): Promise<SealedSecret>;
  /** @throws {SecretBoxError} when the key is not in the ring, or the row is not the one that was sealed */
  open(row: SecretRow & SealedSecret): Promise<string>;
}

/** A secret that cannot be read: a key is missing from POSTHORN_SECRET_KEYS, or the row was changed. Never holds the secret. */
export class SecretBoxError extends Error {
  override readonly name = "SecretBoxError";
}

const NONCE_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Endpoint secrets at rest. @param keyRing as configured: the first encrypts, all decrypt */
export async function createSecretBox(keyRing: KeyRing): Promise<SecretBox> {
  const keys = new Map<string, CryptoKey>();
  for (const { kid, key } of keyRing) {
    keys.set(kid, await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]));
  }
  const [first] = keyRing;
  return {
    async seal(secret, row) {
      const kid = first?.kid ?? "";
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const algorithm = { name: "AES-GCM", iv: nonce, additionalData: bindingOf(row) };
      const sealed = await crypto.subtle.encrypt(algorithm, keyOf(keys, kid), encoder.encode(secret));
      return { kid, nonce, ciphertext: new Uint8Array(sealed) };
    },
    async open(row) {
      // Copies, because the driver's buffers are views into a shared one.
      const algorithm = { name: "AES-GCM", iv: new Uint8Array(row.nonce), additionalData: bindingOf(row) };
      const key = keyOf(keys, row.kid);
      try {
        return decoder.decode(await crypto.subtle.decrypt(algorithm, key, new Uint8Array(row.ciphertext)));
      } catch (cause) {
        const message = `the secret ${row.id} does not open with the key "${row.kid}": its row or the key was changed`;
        throw new SecretBoxError(message, { cause });
      }
    },
  };
}

function keyOf(keys: ReadonlyMap<string, CryptoKey>, kid: string): CryptoKey {
  const key = keys.get(kid);
  if (key === undefined) throw new SecretBoxError(`the key "${kid}" is not in POSTHORN_SECRET_KEYS: put it back`);
  return key;
}

/** No separator can stand in any of the three: tenant ids have no `|`, and the others are UUIDs. */
function bindingOf({ tenantId, endpointId, id }: SecretRow): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${tenantId}|${endpointId}|${id}`);
}
