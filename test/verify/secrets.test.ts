import { describe, expect, test } from "vitest";
import {
  checkSecret,
  generateSecret,
  generateSigningKeyPair,
  importSigningKey,
  publicKeyOf,
  sign,
} from "#verify/index.ts";

const base64 = (length: number) => Buffer.alloc(length, 7).toString("base64");

describe("generated secrets", () => {
  test("a shared secret is whsec_ and 32 bytes, and no two are the same", async () => {
    const secrets = Array.from({ length: 100 }, () => generateSecret());
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) {
      expect(Buffer.from(secret.slice(6), "base64")).toHaveLength(32);
      expect(await checkSecret(secret)).toEqual({ ok: true, kind: "whsec" });
    }
  });

  test("a key pair is whsk_ with seed and public key, and the whpk_ that belongs to it", async () => {
    const { privateKey, publicKey } = await generateSigningKeyPair();
    expect(Buffer.from(privateKey.slice(5), "base64")).toHaveLength(64);
    expect(await publicKeyOf(privateKey)).toBe(publicKey);
    expect(await checkSecret(privateKey)).toEqual({ ok: true, kind: "whsk" });
    expect(await checkSecret(publicKey)).toEqual({ ok: true, kind: "whpk" });
    expect((await generateSigningKeyPair()).privateKey).not.toBe(privateKey);
  });

  test("an imported key does not give its bytes back", async () => {
    const { privateKey } = await generateSigningKeyPair();
    for (const secret of [generateSecret(), privateKey]) {
      const { cryptoKey } = await importSigningKey(secret);
      expect(cryptoKey).toMatchObject({ extractable: false, usages: ["sign"] });
    }
  });
});

describe("a secret that somebody typed", () => {
  test.each([24, 25, 32, 63, 64])("whsec_ with %i bytes is accepted and can be imported", async (length) => {
    expect(await checkSecret(`whsec_${base64(length)}`)).toEqual({ ok: true, kind: "whsec" });
    expect((await importSigningKey(`whsec_${base64(length)}`)).version).toBe("v1");
  });

  test("whsk_ as a bare seed of 32 bytes is accepted and can be imported", async () => {
    expect(await checkSecret(`whsk_${base64(32)}`)).toEqual({ ok: true, kind: "whsk" });
    expect((await importSigningKey(`whsk_${base64(32)}`)).version).toBe("v1a");
  });

  test.each([
    ["", "unknownPrefix"],
    ["whsec", "unknownPrefix"],
    ["WHSEC_AAAA", "unknownPrefix"],
    [` whsec_${base64(32)}`, "unknownPrefix"],
    [base64(32), "unknownPrefix"],
    [`whsec_${base64(32)}\n`, "notBase64"],
    [`whsec_${base64(25).replaceAll("=", "")}`, "notBase64"],
    [`whsec_${base64(24)}====`, "notBase64"],
    [`whsec_${"-_".repeat(16)}`, "notBase64"],
    [`whsec_${"A".repeat(42)}B=`, "notBase64"],
    ["whsec_", "wrongLength"],
    [`whsec_${base64(15)}`, "wrongLength"],
    [`whsec_${base64(65)}`, "wrongLength"],
    [`whsk_${base64(31)}`, "wrongLength"],
    [`whsk_${base64(33)}`, "wrongLength"],
    [`whpk_${base64(64)}`, "wrongLength"],
    [`whsk_${base64(64)}`, "halvesDisagree"],
  ])("'%s' is refused as %s, with a sentence, and cannot be imported", async (text, fault) => {
    expect(await checkSecret(text)).toEqual({ ok: false, fault, detail: expect.stringMatching(/\w+ \w+/) });
    await expect(importSigningKey(text)).rejects.toMatchObject({ code: "malformedSecret" });
    await expect(publicKeyOf(text)).rejects.toMatchObject({ code: "malformedSecret" });
  });

  test.each([16, 18, 23])(
    "whsec_ with %i bytes is too short for a new secret, and still signs as an old one",
    async (length) => {
      const old = `whsec_${base64(length)}`;
      expect(await checkSecret(old)).toMatchObject({
        ok: false,
        fault: "wrongLength",
        detail: expect.stringContaining("24 to 64"),
      });
      expect((await importSigningKey(old)).version).toBe("v1");
    },
  );

  test("a public key signs nothing, and a shared secret has no public key", async () => {
    const { publicKey } = await generateSigningKeyPair();
    await expect(importSigningKey(publicKey)).rejects.toMatchObject({ code: "malformedSecret" });
    await expect(publicKeyOf(generateSecret())).rejects.toMatchObject({ code: "malformedSecret" });
  });
});

test.each([
  { id: "", timestamp: 1 },
  { id: "a.b", timestamp: 1 },
  { id: "a b", timestamp: 1 },
  { id: "evt_1", timestamp: 1.5 },
  { id: "evt_1", timestamp: -1 },
  { id: "evt_1", timestamp: Number.NaN },
  { id: "evt_1", timestamp: 1_000_000_000_000 },
])("$id at $timestamp is not signed, since no receiver would accept it", async (message) => {
  const key = await importSigningKey(generateSecret());
  await expect(sign({ ...message, body: "{}" }, key)).rejects.toMatchObject({ code: "malformedMessage" });
});
