import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSecretBox } from "#services/secretBox.ts";

const key = (kid: string) => ({ kid, key: new Uint8Array(randomBytes(32)) });
const row = {
  tenantId: "acme",
  endpointId: "0192d3e8-5cde-7a3b-9c41-5f2a6b7c8d9e",
  id: "0192d3e8-5cde-7a3b-9c41-000000000001",
};
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

describe("a sealed secret", () => {
  test("opens for its own row, and its bytes do not show it", async () => {
    const box = await createSecretBox([key("a")]);
    const sealed = await box.seal(secret, row);
    expect(sealed.kid).toBe("a");
    expect(Buffer.from(sealed.ciphertext).includes(secret)).toBe(false);
    expect(await box.open({ ...row, ...sealed })).toBe(secret);
  });

  test("does not open in another row, of the same tenant or of another", async () => {
    const box = await createSecretBox([key("a")]);
    const sealed = await box.seal(secret, row);
    const elsewhere = [
      { ...row, tenantId: "globex" },
      { ...row, endpointId: "0192d3e8-5cde-7a3b-9c41-000000000002" },
      { ...row, id: "0192d3e8-5cde-7a3b-9c41-000000000003" },
    ];
    for (const other of elsewhere) {
      await expect(box.open({ ...other, ...sealed })).rejects.toThrow(/does not open with the key "a"/);
    }
  });

  test("opens after another key was put in front of the ring, and new ones are sealed with that", async () => {
    const old = key("old");
    const sealed = await (await createSecretBox([old])).seal(secret, row);
    const box = await createSecretBox([key("new"), old]);
    expect(await box.open({ ...row, ...sealed })).toBe(secret);
    expect((await box.seal(secret, row)).kid).toBe("new");
  });

  test("says which key is missing from the ring", async () => {
    const sealed = await (await createSecretBox([key("lost")])).seal(secret, row);
    const box = await createSecretBox([key("a")]);
    await expect(box.open({ ...row, ...sealed })).rejects.toThrow('the key "lost" is not in POSTHORN_SECRET_KEYS');
  });

  test("does not open when a byte of it was changed", async () => {
    const box = await createSecretBox([key("a")]);
    const sealed = await box.seal(secret, row);
    const ciphertext = Uint8Array.from(sealed.ciphertext, (byte, index) => (index === 3 ? byte ^ 1 : byte));
    await expect(box.open({ ...row, ...sealed, ciphertext })).rejects.toThrow(/does not open/);
  });

  test("is never the same twice", async () => {
    const box = await createSecretBox([key("a")]);
    const [one, two] = [await box.seal(secret, row), await box.seal(secret, row)];
    expect(Buffer.from(one.nonce)).not.toEqual(Buffer.from(two.nonce));
    expect(Buffer.from(one.ciphertext)).not.toEqual(Buffer.from(two.ciphertext));
  });
});
