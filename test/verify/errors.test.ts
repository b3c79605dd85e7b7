import { describe, expect, test } from "vitest";
import {
  generateSecret,
  generateSigningKeyPair,
  importSigningKey,
  publicKeyOf,
  sign,
  type SigningErrorCode,
  type VerificationErrorCode,
  verify,
  WebhookSigningError,
  WebhookVerificationError,
} from "#verify/index.ts";
import { signedWebhook } from "./webhook.ts";

const secret = generateSecret();
const now = () => 1_700_000_000_000;
const unsigned = { "webhook-id": "evt_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA" };

/** What callers without types can pass. */
async function verifyUntyped(...input: readonly unknown[]): Promise<unknown> {
  return Reflect.apply(verify, undefined, input);
}

// A code that is added to the union and not here does not compile.
const verificationFailures: Record<VerificationErrorCode, () => Promise<unknown>> = {
  missingHeader: () => verify("{}", {}, secret, { now }),
  malformedHeader: () => verify("{}", { ...unsigned, "webhook-timestamp": "soon" }, secret, { now }),
  malformedSecret: () => verify("{}", unsigned, "whsec_short", { now }),
  malformedBody: () => verifyUntyped({ type: "parsed" }, unsigned, secret, { now }),
  malformedOption: () => verify("{}", unsigned, secret, { now, toleranceSeconds: -1 }),
  timestampTooOld: () => verify("{}", unsigned, secret, { now: () => 1_700_000_301_000 }),
  timestampTooNew: () => verify("{}", unsigned, secret, { now: () => 1_699_999_699_000 }),
  noMatchingSignature: () => verify("{}", unsigned, secret, { now }),
  malformedPayload: async () => {
    const { body, headers } = await signedWebhook([secret], { body: "not JSON" });
    return verify(body, headers, secret, { now });
  },
};

const signingFailures: Record<SigningErrorCode, () => Promise<unknown>> = {
  malformedSecret: () => importSigningKey("whsec_short"),
  malformedMessage: async () => sign({ id: "a.b", timestamp: 1, body: "" }, await importSigningKey(secret)),
};

test.each(Object.entries(verificationFailures))("verify refuses with the code %s", async (code, attempt) => {
  const error: unknown = await attempt().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WebhookVerificationError);
  expect(error).toMatchObject({ code, name: "WebhookVerificationError", message: expect.stringMatching(/\w{3}/) });
});

test.each(Object.entries(signingFailures))("signing refuses with the code %s", async (code, attempt) => {
  const error: unknown = await attempt().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WebhookSigningError);
  expect(error).toMatchObject({ code, name: "WebhookSigningError" });
});

describe("payloads", () => {
  test("parse: false returns a body that is not JSON, or is empty, without a payload", async () => {
    for (const text of ["not JSON", ""]) {
      const { body, headers } = await signedWebhook([secret], { body: text });
      expect(await verify(body, headers, secret, { now, parse: false })).toMatchObject({
        body: text,
        payload: undefined,
      });
      await expect(verify(body, headers, secret, { now })).rejects.toMatchObject({ code: "malformedPayload" });
    }
  });

  test("signed bytes that are not UTF-8 are a malformed payload, and never replaced silently", async () => {
    const body = Uint8Array.of(0x22, 0xff, 0x22);
    const key = await importSigningKey(secret);
    const headers = {
      ...unsigned,
      "webhook-signature": await sign({ id: "evt_1", timestamp: 1_700_000_000, body }, key),
    };
    await expect(verify(body, headers, secret, { now, parse: false })).rejects.toMatchObject({
      code: "malformedPayload",
    });
  });

  test("text with a lone surrogate is refused, since its encoding is that of another text", async () => {
    const { headers } = await signedWebhook([secret], { body: '"\ufffd"' });
    await expect(verify('"\ud800"', headers, secret, { now })).rejects.toMatchObject({ code: "malformedBody" });
  });

  test("a body is not parsed before its signature holds", async () => {
    await expect(verify("not JSON", unsigned, secret, { now })).rejects.toMatchObject({ code: "noMatchingSignature" });
  });
});

describe("secrets that are wrong", () => {
  test.each([[undefined], [[]], [[undefined]], [null], [42], [""], ["secret"]])(
    "%o is a malformed secret",
    async (value) => {
      await expect(verifyUntyped("{}", unsigned, value, { now })).rejects.toMatchObject({ code: "malformedSecret" });
    },
  );

  test("one malformed secret among good ones is named by its place", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const attempt = verify(body, headers, [secret, "whpk_AAAA"], { now });
    await expect(attempt).rejects.toMatchObject({
      code: "malformedSecret",
      message: expect.stringContaining("secret 1"),
    });
  });

  test("no error quotes a secret, in its message, its stack, its cause or its properties", async () => {
    const { privateKey, publicKey } = await generateSigningKeyPair();
    const core = secret.slice(6, 40);
    const privateCore = privateKey.slice(5, 80);
    const mismatched = `${privateKey.slice(0, 60)}${(await generateSigningKeyPair()).privateKey.slice(60)}`;
    const attempts = [
      verify("{}", unsigned, secret, { now }),
      verify("{}", unsigned, core, { now }),
      verify("{}", unsigned, `${secret}!`, { now }),
      verify("{}", unsigned, `whsec_${core.slice(0, 20)}`, { now }),
      verify("{}", unsigned, privateKey, { now }),
      importSigningKey(`whsk_${core}`),
      importSigningKey(mismatched),
      importSigningKey(publicKey),
      publicKeyOf(secret),
    ];
    for (const attempt of attempts) {
      const error: unknown = await attempt.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      if (!(error instanceof Error)) continue;
      const told = [error.message, error.stack, String(error.cause), JSON.stringify(error)].join("\n");
      for (const part of [core.slice(0, 8), core.slice(-8), privateCore.slice(0, 8), publicKey.slice(5, 13)]) {
        expect(told).not.toContain(part);
      }
    }
  });
});
