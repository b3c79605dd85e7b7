import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "#test/clone.ts";
import { until } from "#test/until.ts";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";

const readme = readFileSync("README.md", "utf8");

/** The README's receiver as a process, with the package's source in its package's place. */
async function runExample(port: number, secret: string) {
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "posthorn-readme-"));
  const source = pathToFileURL("src/verify/src/index.ts").href;
  const example = code.replace("@posthorn/verify", source).replace("9900", String(port));
  writeFileSync(join(folder, "receiver.mjs"), example);
  const child = spawn(process.execPath, [join(folder, "receiver.mjs")], { env: { ...process.env, SECRET: secret } });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true });
  });
  return () => said;
}

test("the README's receiver accepts what is signed with its secret, and nothing else", async () => {
  const [port, secret] = [await freePort(), generateSecret()];
  const said = await runExample(port, secret);
  const post = async (signingSecret: string): Promise<number | undefined> => {
    const message = { id: "evt_1", timestamp: Math.floor(Date.now() / 1000), body: '{"type":"user.created"}' };
    const headers = {
      "webhook-id": message.id,
      "webhook-timestamp": String(message.timestamp),
      "webhook-signature": await sign(message, await importSigningKey(signingSecret)),
    };
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body: message.body }).catch(
      () => undefined,
    );
    return answer?.status;
  };
  expect(await until(() => post(secret), { what: "the README's receiver answers" })).toBe(204);
  expect(said()).toContain("evt_1 { type: 'user.created' }");
  expect(await post(generateSecret())).toBe(400);
});

test("every file that the README and the pages in docs link to is there", () => {
  const pages = [
    "README.md",
    "docs/decisions/README.md",
    ...["catalogs", "concepts", "faults", "lanes", "operating", "testing"].map((page) => `docs/${page}.md`),
  ];
  const missing = pages.flatMap((page) => {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)];
    return links.map(([, path = ""]) => new URL(path, pathToFileURL(page))).filter((url) => !existsSync(url));
  });
  expect(missing.map(({ pathname }) => pathname)).toEqual([]);
});
