import { Headers as UndiciHeaders } from "undici";
import { describe, expect, test } from "vitest";
import { generateSecret, generateSigningKeyPair, verify } from "#verify/index.ts";
import { signedWebhook } from "./webhook.ts";

const secret = generateSecret();
const at = (seconds: number) => ({ now: () => seconds * 1000 });
const present = at(1_700_000_000);
const refusedAs = (code: string) => expect.objectContaining({ name: "WebhookVerificationError", code });

describe("what is signed", () => {
  test("a byte changed in the body, the id or the timestamp is refused", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const changed = [
      verify(body.replace("1.0", "1.1"), headers, secret, present),
      verify(`${body} `, headers, secret, present),
      verify(body, { ...headers, "webhook-id": "evt_01je" }, secret, present),
      verify(body, { ...headers, "webhook-timestamp": "1700000001" }, secret, present),
    ];
    // All heard at once: one that waited for its turn would be an unhandled rejection meanwhile.
    await Promise.all(changed.map((attempt) => expect(attempt).rejects.toEqual(refusedAs("noMatchingSignature"))));
  });

  test("a boundary moved from the id into the body is refused, although the signed bytes are the same", async () => {
    const { body, headers } = await signedWebhook([secret], { id: "evt_1", body: "1700000000.5" });
    const moved = { ...headers, "webhook-id": "evt_1.1700000000", "webhook-timestamp": "1700000000" };
    await expect(verify("5", moved, secret, present)).rejects.toEqual(refusedAs("malformedHeader"));
    expect((await verify(body, headers, secret, present)).payload).toBe(1700000000.5);
  });

  test("the body may be text or bytes, part of a larger buffer included", async () => {
    const { body, headers } = await signedWebhook([secret], { body: '{"e":"é😀"}' });
    const padded = Buffer.from(`xx${body}yy`);
    for (const form of [body, Buffer.from(body), padded.subarray(2, -2), new TextEncoder().encode(body)]) {
      expect(await verify(form, headers, secret, present)).toMatchObject({ body, payload: { e: "é😀" } });
    }
  });

  test("a byte order mark stays part of the body that is returned", async () => {
    const { body, headers } = await signedWebhook([secret], { body: "\ufefftext" });
    const options = { ...present, parse: false };
    expect((await verify(Buffer.from(body), headers, secret, options)).body).toBe("\ufefftext");
  });
});

describe("secrets", () => {
  test("during a rotation the old and the new secret both verify, alone and together", async () => {
    const [oldSecret, newSecret] = [generateSecret(), generateSecret()];
    const { body, headers } = await signedWebhook([newSecret, oldSecret]);
    for (const held of [oldSecret, newSecret, [oldSecret], [newSecret, oldSecret]]) {
      expect((await verify(body, headers, held, present)).secretIndex).toBe(0);
    }
    expect((await verify(body, headers, [secret, oldSecret], present)).secretIndex).toBe(1);
    await expect(verify(body, headers, secret, present)).rejects.toEqual(refusedAs("noMatchingSignature"));
  });

  test("shared secrets and public keys mix freely, and the version tells which matched", async () => {
    const { privateKey, publicKey } = await generateSigningKeyPair();
    const other = await generateSigningKeyPair();
    const { body, headers } = await signedWebhook([privateKey]);
    const mixed = [secret, other.publicKey, publicKey];
    expect(await verify(body, headers, mixed, present)).toMatchObject({ secretIndex: 2, version: "v1a" });
    const both = await signedWebhook([privateKey, secret]);
    expect(await verify(both.body, both.headers, mixed, present)).toMatchObject({ secretIndex: 0, version: "v1" });
  });

  test("a public key used as an HMAC secret does not verify", async () => {
    const { privateKey, publicKey } = await generateSigningKeyPair();
    const forged = await signedWebhook([publicKey.replace("whpk_", "whsec_")]);
    await expect(verify(forged.body, forged.headers, publicKey, present)).rejects.toEqual(
      refusedAs("noMatchingSignature"),
    );
    const honest = await signedWebhook([privateKey]);
    expect((await verify(honest.body, honest.headers, publicKey, present)).version).toBe("v1a");
  });
});

describe("the clock", () => {
  test("300 seconds either way are accepted unless told, and 301 are not", async () => {
    const { body, headers } = await signedWebhook([secret]);
    for (const now of [1_700_000_300, 1_699_999_700]) {
      expect((await verify(body, headers, secret, at(now))).timestamp).toEqual(new Date("2023-11-14T22:13:20Z"));
    }
    await expect(verify(body, headers, secret, at(1_700_000_301))).rejects.toEqual(refusedAs("timestampTooOld"));
    await expect(verify(body, headers, secret, at(1_699_999_699))).rejects.toEqual(refusedAs("timestampTooNew"));
  });

  test("the tolerance is an option, and 0 accepts the present second only", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const within = (toleranceSeconds: number, now: number) =>
      verify(body, headers, secret, { toleranceSeconds, now: () => new Date(now) });
    expect((await within(0, 1_700_000_000_999)).id).toBe("evt_01jd");
    await expect(within(0, 1_700_000_001_000)).rejects.toEqual(refusedAs("timestampTooOld"));
    await expect(within(0, 1_699_999_999_999)).rejects.toEqual(refusedAs("timestampTooNew"));
    expect((await within(86_400, 1_700_086_400_000)).id).toBe("evt_01jd");
  });

  test("without an option the system's clock is used", async () => {
    const fresh = await signedWebhook([secret], { timestamp: Math.floor(Date.now() / 1000) });
    expect((await verify(fresh.body, fresh.headers, secret)).id).toBe(fresh.id);
    const stale = await signedWebhook([secret]);
    await expect(verify(stale.body, stale.headers, secret)).rejects.toEqual(refusedAs("timestampTooOld"));
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    "a tolerance of %s is refused and does not accept any age",
    async (value) => {
      const { body, headers } = await signedWebhook([secret]);
      const options = { ...at(1_800_000_000), toleranceSeconds: value };
      await expect(verify(body, headers, secret, options)).rejects.toEqual(refusedAs("malformedOption"));
    },
  );

  test("a clock that gives no time is refused", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const options = { now: () => new Date("never") };
    await expect(verify(body, headers, secret, options)).rejects.toEqual(refusedAs("malformedOption"));
  });
});

describe("headers", () => {
  test("any Headers object and any plain object will do, names in any case", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const entries = Object.entries(headers);
    const shapes = [
      new Headers(headers),
      new UndiciHeaders(headers),
      Object.fromEntries(entries.map(([name, value]) => [name.toUpperCase(), value])),
      Object.fromEntries(entries.map(([name, value]) => [name, [value]])),
      { ...headers, host: "example.com", "x-many": ["a", "b"], absent: undefined },
    ];
    for (const shape of shapes) expect((await verify(body, shape, secret, present)).id).toBe("evt_01jd");
  });

  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("%s absent or empty is missing", async (name) => {
    const { body, headers } = await signedWebhook([secret]);
    const without = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
    for (const shape of [without, { ...headers, [name]: "" }, { ...headers, [name]: [] }, new Headers(without)]) {
      await expect(verify(body, shape, secret, present)).rejects.toEqual(refusedAs("missingHeader"));
    }
  });

  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("%s given twice is refused", async (name) => {
    const { body, headers } = await signedWebhook([secret]);
    const value = headers[name] ?? "";
    for (const shape of [
      { ...headers, [name]: [value, value] },
      { ...headers, [name.toUpperCase()]: value },
    ]) {
      await expect(verify(body, shape, secret, present)).rejects.toEqual(refusedAs("malformedHeader"));
    }
  });

  test.each([
    "+1700000000",
    "1700000000.0",
    "0x6553f100",
    " 1700000000",
    "1.7e9",
    "01700000000",
    "-1",
    "١٧",
    "9".repeat(13),
  ])("the timestamp '%s' is malformed", async (timestamp) => {
    const { body, headers } = await signedWebhook([secret]);
    const shape = { ...headers, "webhook-timestamp": timestamp };
    await expect(verify(body, shape, secret, present)).rejects.toEqual(refusedAs("malformedHeader"));
  });

  test.each(["evt 1", "evt\n1", "évt", "evt.1", "x".repeat(257)])("the id '%s' is malformed", async (id) => {
    const { body, headers } = await signedWebhook([secret]);
    const shape = { ...headers, "webhook-id": id };
    await expect(verify(body, shape, secret, present)).rejects.toEqual(refusedAs("malformedHeader"));
  });

  test("more than 16 signatures or 4096 characters are refused, however right one of them is", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const signature = headers["webhook-signature"] ?? "";
    const times = (count: number, text: string) => ({
      ...headers,
      "webhook-signature": `${text} `.repeat(count) + signature,
    });
    expect((await verify(body, times(15, signature), secret, present)).id).toBe("evt_01jd");
    await expect(verify(body, times(16, signature), secret, present)).rejects.toEqual(refusedAs("malformedHeader"));
    await expect(verify(body, times(1, "v9,".padEnd(4096, "A")), secret, present)).rejects.toEqual(
      refusedAs("malformedHeader"),
    );
  });

  test("a signature in another spelling, cut short or lengthened does not match", async () => {
    const { body, headers } = await signedWebhook([secret]);
    const signature = headers["webhook-signature"] ?? "";
    const spellings = [
      signature.replace(/=$/, ""),
      signature.slice(0, 20),
      `${signature}AAAA`,
      "v1,",
      "v1",
      ",",
      "v1,%%%",
    ];
    for (const spelling of spellings) {
      const shape = { ...headers, "webhook-signature": spelling };
      await expect(verify(body, shape, secret, present)).rejects.toEqual(refusedAs("noMatchingSignature"));
    }
  });
});
