import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Clone, freePort, makeClone } from "#test/clone.ts";
import { createTestDatabase } from "#test/database.ts";
import { until } from "#test/until.ts";

const timeout = 120_000;

test(
  "the first start shows the operator key, later ones only where it is kept, and Ctrl-C leaves no process",
  { timeout },
  async () => {
    const clone = makeClone();
    const port = await freePort();
    const first = clone.start({ PORT: String(port) });
    await first.ready();
    const key = readState(clone, "operator-key");
    expect(first.output()).toContain(key);
    expect(statSync(join(clone.directory, ".posthorn/operator-key")).mode & 0o777).toBe(0o600);
    expect(await readyStatus(port)).toBe(200);
    await expectCtrlCToEndAll(clone, first);

    const second = clone.start({ PORT: String(port) });
    await second.ready();
    expect(second.output()).not.toContain(key);
    expect(second.output()).toContain(".posthorn/operator-key");
    expect(readState(clone, "operator-key")).toBe(key);
    await expectCtrlCToEndAll(clone, second);
  },
);

test("after kill -9 of all but PostgreSQL, the next start uses the one that runs", { timeout }, async () => {
  const clone = makeClone();
  const port = String(await freePort());
  await clone.start({ PORT: port }).ready();
  const [postmaster] = pidsOf(clone, "bin/postgres");
  for (const { pid } of clone.processes()) if (pid !== postmaster) killHard(pid);
  const next = clone.start({ PORT: port });
  await next.ready();
  expect(next.output()).toContain(`still runs (process ${postmaster})`);
  await expectCtrlCToEndAll(clone, next);
});

test(
  "after kill -9 of the supervisor its API and deliverer leave by themselves, and the next start waits for them",
  { timeout },
  async () => {
    const clone = makeClone();
    const port = String(await freePort());
    await clone.start({ PORT: port }).ready();
    for (const pid of pidsOf(clone, "src/cli/start.ts")) killHard(pid);
    const next = clone.start({ PORT: port });
    await next.ready();
    expect(pidsOf(clone, "src/node.ts")).toHaveLength(1);
    expect(pidsOf(clone, "src/deliverer.ts")).toHaveLength(1);
    await expectCtrlCToEndAll(clone, next);
  },
);

test("after kill -9 of everything the next start works", { timeout }, async () => {
  const clone = makeClone();
  const port = String(await freePort());
  await clone.start({ PORT: port }).ready();
  for (const { pid } of clone.processes()) killHard(pid);
  const next = clone.start({ PORT: port });
  await next.ready();
  expect(next.output()).not.toContain("still runs");
  await expectCtrlCToEndAll(clone, next);
});

test("the API, the deliverer and PostgreSQL are started again when they die", { timeout }, async () => {
  const clone = makeClone();
  const port = await freePort();
  const running = clone.start({ PORT: String(port) });
  await running.ready();
  for (const name of ["src/node.ts", "src/deliverer.ts", "bin/postgres"]) {
    const [pid = 0] = pidsOf(clone, name);
    killHard(pid);
    const isBack = (): boolean => pidsOf(clone, name).some((other) => other !== pid);
    await until(isBack, { deadlineMs: 20_000, what: `${name} is back` });
  }
  await until(async () => (await readyStatus(port)) === 200, { deadlineMs: 30_000, what: "the API is ready again" });
  expect(running.output()).toContain("The API ended (SIGKILL); starting it again");
  await expectCtrlCToEndAll(clone, running);
});

test("a taken port is refused with the variable that changes it, before anything is started", { timeout }, async () => {
  const clone = makeClone();
  const port = await freePort();
  const other = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void other.close());
  const refused = clone.start({ PORT: String(port) });
  expect(await refused.exitCode()).toBe(1);
  expect(refused.output()).toContain(`Port ${port} is taken by another program. Set PORT to a free one`);
  expect(clone.processes()).toEqual([]);
});

test(
  "a second start in the same clone names the process of the first; two clones run side by side",
  { timeout },
  async () => {
    const [one, two] = [makeClone(), makeClone()];
    const [first, other] = [
      one.start({ PORT: String(await freePort()) }),
      two.start({ PORT: String(await freePort()) }),
    ];
    await Promise.all([first.ready(), other.ready()]);
    const refused = one.start({ PORT: String(await freePort()) });
    expect(await refused.exitCode()).toBe(1);
    expect(refused.output()).toContain(`already runs in this clone (process ${pidsOf(one, "src/cli/start.ts")[0]})`);
    await expectCtrlCToEndAll(one, first);
    await expectCtrlCToEndAll(two, other);
  },
);

test("a wrong configuration is one message and exit code 78", { timeout }, async () => {
  const clone = makeClone();
  const refused = clone.start({ PORT: "eighty", POSTHORN_BOGUS: "1" });
  expect(await refused.exitCode()).toBe(78);
  expect(refused.output()).toMatch(/POSTHORN_BOGUS is not a variable of Posthorn\n.*PORT must be a whole number/);
  expect(refused.output()).not.toMatch(/^ +at /m);
});

test("with DATABASE_URL no PostgreSQL is started, and Ctrl-C leaves that server alone", { timeout }, async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const clone = makeClone();
  const port = await freePort();
  const running = clone.start({
    PORT: String(port),
    DATABASE_URL: database.url,
    POSTHORN_OPERATOR_KEY: "k".repeat(32),
    POSTHORN_SECRET_KEYS: `one:${Buffer.alloc(32, 7).toString("base64")}`,
  });
  await running.ready();
  expect(await readyStatus(port)).toBe(200);
  expect(pidsOf(clone, "bin/postgres")).toEqual([]);
  await expectCtrlCToEndAll(clone, running);
});

async function expectCtrlCToEndAll(clone: Clone, running: ReturnType<Clone["start"]>): Promise<void> {
  running.interrupt();
  await until(() => clone.processes().length === 0, { deadlineMs: 20_000, what: "nothing of the clone is in ps" });
  await running.exitCode();
}

function pidsOf(clone: Clone, part: string): number[] {
  return clone.processes().flatMap(({ pid, command }) => (command.includes(part) ? [pid] : []));
}

// What ends in between by itself is as good.
function killHard(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}

function readState(clone: Clone, name: string): string {
  return readFileSync(join(clone.directory, ".posthorn", name), "utf8").trim();
}

async function readyStatus(port: number): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
