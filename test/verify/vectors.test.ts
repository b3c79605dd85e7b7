import { describe, expect, test } from "vitest";
import { importSigningKey, publicKeyOf, sign, verify } from "#verify/index.ts";
import vectors from "../vectors/signatures.json" with { type: "json" };

const symmetric = vectors.symmetric.map((vector) => ({
  ...vector,
  signingSecret: vector.secret,
  verifyingSecret: vector.secret,
}));
const asymmetric = vectors.asymmetric.map((vector) => ({
  ...vector,
  signingSecret: `whsk_${vector.privateKey}`,
  verifyingSecret: vector.publicKey,
}));
type Vector = (typeof symmetric)[number] | (typeof asymmetric)[number];

function verifyVector(vector: Vector, signature: string) {
  const headers = {
    "webhook-id": vector.id,
    "webhook-timestamp": String(vector.timestamp),
    "webhook-signature": signature,
  };
  return verify(vector.body, headers, vector.verifyingSecret, {
    now: () => vector.timestamp * 1000,
    parse: vector.body !== "",
  });
}

describe.each([...symmetric, ...asymmetric])("the published vector '$name'", (vector) => {
  test("is what we sign, from text and from bytes", async () => {
    const key = await importSigningKey(vector.signingSecret);
    expect(await sign(vector, key)).toBe(vector.signature);
    expect(await sign({ ...vector, body: new TextEncoder().encode(vector.body) }, key)).toBe(vector.signature);
  });

  test("is what we verify", async () => {
    const verified = await verifyVector(vector, vector.signature);
    expect(verified).toMatchObject({ id: vector.id, body: vector.body, secretIndex: 0 });
    expect(verified.timestamp).toEqual(new Date(vector.timestamp * 1000));
    expect(verified.payload).toEqual(vector.body === "" ? undefined : JSON.parse(vector.body));
  });

  test("verifies among decoys, wherever it stands", async () => {
    const [first = "", ...rest] = vectors.decoys;
    for (const parts of [
      [vector.signature, first, ...rest],
      [first, vector.signature, ...rest],
      [first, ...rest, vector.signature],
    ]) {
      expect((await verifyVector(vector, parts.join(" "))).id).toBe(vector.id);
    }
  });

  test.each([...vectors.decoys, vectors.decoys.join(" ")])("does not verify by the decoy alone: %s", async (decoy) => {
    await expect(verifyVector(vector, decoy)).rejects.toMatchObject({ code: "noMatchingSignature" });
  });

  test("does not verify under another version's name", async () => {
    const [version, encoded] = vector.signature.split(",");
    const renamed = [version === "v1" ? "v1a" : "v1", "v2", "V1", ""].map((name) => `${name},${encoded}`);
    await expect(verifyVector(vector, renamed.join(" "))).rejects.toMatchObject({ code: "noMatchingSignature" });
  });
});

test.each(asymmetric)(
  "the public key of '$name' follows from the private key, whole or as bare seed",
  async (vector) => {
    const seed = Buffer.from(vector.privateKey, "base64").subarray(0, 32).toString("base64");
    expect(await publicKeyOf(vector.signingSecret)).toBe(vector.publicKey);
    expect(await publicKeyOf(`whsk_${seed}`)).toBe(vector.publicKey);
    expect(await sign(vector, await importSigningKey(`whsk_${seed}`))).toBe(vector.signature);
  },
);
