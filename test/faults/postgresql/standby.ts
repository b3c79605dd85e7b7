// A replica of a scenario's server, made and promoted as an operator does it, with the programs that the npm package has.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, chownSync, closeSync, copyFileSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { prepareCluster } from "#db/embedded/cluster.ts";
import { isAlive, stopPostmaster } from "#db/embedded/postmaster.ts";
import { embeddedSettings, settingArguments } from "#db/embedded/settings.ts";
import { freePort } from "#test/clone.ts";
import { until } from "#test/until.ts";
import { connectTo, ownFolder, type OwnServer } from "./ownServer.ts";

const name = "standby";

export interface Standby {
  readonly url: string;
  /** Ends recovery: from here on it takes writes. */
  promote(): Promise<void>;
}

/**
 * Copies a running primary, follows it, and makes it wait for the copy at every commit that is not asynchronous: what is acknowledged is
 * in both.
 */
export async function startStandby(primary: OwnServer): Promise<Standby> {
  const directory = ownFolder();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  await primary.run(`select pg_create_physical_replication_slot('${name}', true)`);
  await copyBase(primary, directory);
  const port = await freePort();
  launch(directory, port);
  const url = new URL(primary.url);
  url.port = String(port);
  await until(() => says(primary.url, "select state = 'streaming' as yes from pg_stat_replication"), {
    deadlineMs: 60_000,
    what: "the replica follows",
  });
  await primary.run(`alter system set synchronous_standby_names = '${name}'`);
  await primary.run("select pg_reload_conf()");
  await until(() => says(primary.url, "select sync_state = 'sync' as yes from pg_stat_replication"), {
    deadlineMs: 60_000,
    what: "the primary waits for its replica",
  });
  return {
    url: url.href,
    async promote() {
      if (!(await says(url.href, "select pg_promote(true, 60) as yes")))
        throw new Error("the replica was not promoted");
    },
  };
}

/** A base backup of what runs: https://www.postgresql.org/docs/18/continuous-archiving.html, section 25.3.4. */
async function copyBase(primary: OwnServer, directory: string): Promise<void> {
  const data = join(directory, "postgres");
  const client = await connectTo(primary.url);
  try {
    await client.query("select pg_backup_start('standby', true)");
    const { status, stderr } = spawnSync("cp", ["-a", join(primary.directory, "postgres"), data], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the copy failed: ${stderr}`);
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop()");
    writeAs(data, "backup_label", rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
  }
  rmSync(join(data, "postmaster.pid"), { force: true });
  rmSync(join(data, "pg_replslot", name), { recursive: true, force: true });
  writeAs(data, "standby.signal", "");
  const { hostname, port, username, password } = new URL(primary.url);
  const connection = `host=${hostname} port=${port} user=${username} password=${password} application_name=${name}`;
  appendFileSync(
    join(data, "postgresql.auto.conf"),
    `primary_conninfo = '${connection}'\nprimary_slot_name = '${name}'\n`,
  );
  copyFileSync(join(primary.directory, "postgres-password"), join(directory, "postgres-password"));
}

/** A file of whoever owns the data: the server may not run as this user. */
function writeAs(data: string, file: string, text: string): void {
  const { uid, gid } = statSync(data);
  writeFileSync(join(data, file), text);
  chownSync(join(data, file), uid, gid);
}

function launch(directory: string, port: number): void {
  const { account, binaries, dataDirectory } = prepareCluster(directory, () => {});
  const socketless = settingArguments(embeddedSettings);
  const { command, args, options } = account.invoke(binaries.postgres, [
    "-D",
    dataDirectory,
    "-p",
    String(port),
    ...socketless,
  ]);
  const log = openSync(join(directory, "postgres.log"), "a", 0o600);
  const { pid } = spawn(command, args, { ...options, stdio: ["ignore", log, log] });
  closeSync(log);
  if (pid === undefined) throw new Error("the replica could not be started");
  onTestFinished(async () => {
    if (isAlive(pid)) await stopPostmaster(pid, 2000);
  });
}

async function says(url: string, question: string): Promise<boolean> {
  try {
    const client = await connectTo(url);
    try {
      const { rows } = await client.query<{ yes: boolean }>(question);
      return rows[0]?.yes === true;
    } finally {
      await client.end();
    }
  } catch {
    return false;
  }
}
