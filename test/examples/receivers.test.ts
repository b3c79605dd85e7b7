// The example receivers as processes, with every example document of their catalogs.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { builtInNames, readSource } from "#cli/catalog/source.ts";
import { samplesOf, writeDocument, type Sample } from "#cli/demo/documents.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { until } from "#test/until.ts";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";

/** A line that each prints for one of its catalog's examples. */
const lines: Record<string, string> = {
  "alga-psa": "ticket-1013: status-open to status-in-progress",
  "base-events": "ends on",
  contently: "is online since",
  "organization-notifications": "email to newuser@example.com: John Admin invites you to Acme Corp",
  "user-management": "welcome user@example.com, who is member now",
};

async function run(name: string) {
  const secret = generateSecret();
  const child = spawn(process.execPath, [`examples/receivers/${name}.ts`], {
    env: { ...process.env, SECRET: secret, PORT: "0" },
  });
  onTestFinished(() => stop(child));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const port = await until(() => /port: (\d+)/.exec(said)?.[1], { what: `the receiver of ${name} listens` });
  return { url: `http://127.0.0.1:${port}/`, secret, said: () => said };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  await exited;
}

async function deliver(url: string, secret: string, id: string, body: string): Promise<number> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = await sign({ id, timestamp, body }, await importSigningKey(secret));
  const headers = { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signature };
  const response = await fetch(url, { method: "POST", body, headers });
  await response.body?.cancel();
  return response.status;
}

/** What an endpoint of the receiver's format gets. */
function bodyOf(sample: Sample, id: string): string {
  if (sample.catalog.catalog !== "contently") return writeDocument(sample, { id, tenantId: "acme" });
  const { type, version } = sample;
  const timestamp = "2026-11-21T12:00:00.000Z";
  return JSON.stringify({ id, type: type.name, version: version.version, timestamp, data: version.example });
}

test.each(builtInNames())("the receiver of %s takes every event of its catalog, and each once", async (name) => {
  const catalog: CatalogDocument = parse(readSource(name).text);
  const { url, secret, said } = await run(name);
  const samples = samplesOf(catalog);
  const statuses = new Set<number>();
  for (const [n, sample] of samples.entries()) {
    const body = bodyOf(sample, `evt_${n}`);
    for (let times = 0; times < 2; times++) statuses.add(await deliver(url, secret, `evt_${n}`, body));
  }
  expect(statuses).toEqual(new Set([204]));
  const handled = () => said().split(lines[name] ?? name).length - 1;
  await until(() => handled() > 0, { what: `the receiver of ${name} does its work: ${said()}` });
  expect(handled()).toBe(1);
  expect(said()).not.toContain("undefined");
});

test("an example receiver refuses what is not signed with its secret", async () => {
  const { url, said } = await run("base-events");
  expect(await deliver(url, generateSecret(), "evt_1", '{"eventType":"MemberAdded"}')).toBe(400);
  expect(said()).not.toContain("joins");
});
