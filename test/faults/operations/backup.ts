// What docs/backup.md tells an operator to do, with the programs that the npm package has: pg_basebackup is not among them.
import { spawnSync } from "node:child_process";
import { appendFileSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "#test/until.ts";
import { connectTo, type OwnServer } from "../postgresql/ownServer.ts";

/** What `startOwnServer` must be given: archiving cannot be turned on while a server runs. */
export const archiving = { archive_mode: "on" };

export interface Backup {
  /** From now on everything is archived that was written before the call. */
  archived(): Promise<void>;
  /** Stops the server, removes its data, and starts it from the copy with all that was written until `moment` (as PostgreSQL reads it). */
  restoreTo(moment: string): Promise<void>;
}

/** Turns archiving on, and copies the running server. */
export async function takeBackup(server: OwnServer): Promise<Backup> {
  const data = join(server.directory, "postgres");
  const [copy, archive] = [join(server.directory, "base"), join(server.directory, "archive")];
  const { uid, gid } = statSync(data);
  mkdirSync(archive);
  chownSync(archive, uid, gid);
  // PostgreSQL runs its commands in its data directory. Renamed when it is whole: a copy that the end of the server cut short is refused
  // when restoring ("wrong size").
  const command = "test ! -f ../archive/%f && cp %p ../archive/%f.part && mv ../archive/%f.part ../archive/%f";
  await server.run(`alter system set archive_command = '${command}'`);
  await server.run("select pg_reload_conf()");
  const write = (file: string, text: string): void => {
    writeFileSync(join(copy, file), text);
    chownSync(join(copy, file), uid, gid);
  };
  await copyBase(server, data, copy, write);
  return {
    async archived() {
      const segment = await ask(server, "select pg_walfile_name(pg_switch_wal()) as answer");
      await until(() => existsSync(join(archive, segment)), { deadlineMs: 60_000, what: `${segment} is archived` });
    },
    async restoreTo(moment) {
      await server.stop("immediate");
      rmSync(data, { recursive: true });
      const settings = `restore_command = 'cp ../archive/%f %p'\nrecovery_target_time = '${moment}'\nrecovery_target_action = 'promote'\n`;
      appendFileSync(join(copy, "postgresql.auto.conf"), settings);
      write("recovery.signal", "");
      renameSync(copy, data);
      await server.start();
      const isOpen = async (): Promise<boolean> =>
        (await ask(server, "select (not pg_is_in_recovery())::text as answer")) === "true";
      await until(isOpen, { deadlineMs: 60_000, what: "the restored server takes writes" });
    },
  };
}

/** https://www.postgresql.org/docs/18/continuous-archiving.html, section 25.3.4. */
async function copyBase(
  server: OwnServer,
  data: string,
  copy: string,
  write: (file: string, text: string) => void,
): Promise<void> {
  const client = await connectTo(server.url);
  try {
    await client.query("select pg_backup_start('test', true)");
    const { status, stderr } = spawnSync("cp", ["-a", data, copy], { encoding: "utf8" });
    // Files come and go while the server runs: what is gone is in the WAL.
    const faults = stderr.split("\n").filter((line) => line !== "" && !line.includes("No such file"));
    if (status !== 0 && faults.length > 0) throw new Error(`the copy failed: ${faults.join("\n")}`);
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop()");
    write("backup_label", rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
  }
  rmSync(join(copy, "postmaster.pid"), { force: true });
  // The archive has it.
  rmSync(join(copy, "pg_wal"), { recursive: true });
  mkdirSync(join(copy, "pg_wal"), { mode: 0o700 });
  const { uid, gid } = statSync(copy);
  chownSync(join(copy, "pg_wal"), uid, gid);
}

/** One statement's one answer. */
export async function ask(server: OwnServer, question: string): Promise<string> {
  const client = await connectTo(server.url);
  try {
    const { rows } = await client.query<{ answer: string }>(question);
    return rows[0]?.answer ?? "";
  } finally {
    await client.end();
  }
}
