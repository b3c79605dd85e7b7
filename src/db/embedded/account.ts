// PostgreSQL refuses to run as root. Started by root, it runs as the clone's owner, else as `postgres` or `nobody`.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

/** A command in the form `spawn` takes it. */
export interface Invocation {
  command: string;
  args: string[];
  options: { cwd: string; env: Record<string, string>; uid?: number; gid?: number };
}

/** The user that PostgreSQL runs as. */
export interface Account {
  /** Set only where files must be handed over to another user, that is, for root. */
  owner: { uid: number; gid: number } | undefined;
  /** Makes the invocation that runs a program as this user. */
  invoke(program: string, args: string[]): Invocation;
}

// PG* variables and locales of the caller must not reach the server.
const environment = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
const options = { cwd: "/", env: environment };

/**
 * Chooses who runs PostgreSQL for the data in `directory`.
 * Undefined: this is root, and no unprivileged user can be made to reach `directory` or `program`.
 */
export function chooseAccount(directory: string, dataDirectory: string, program: string): Account | undefined {
  if (process.getuid?.() !== 0) return { owner: undefined, invoke: runDirectly };
  const owner = unprivilegedUser(directory, dataDirectory);
  const candidates = [dropTo(owner), dropKeepingSearch(owner)];
  return candidates.find((account) => reaches(account, directory, program));
}

function runDirectly(program: string, args: string[]): Invocation {
  return { command: program, args, options };
}

function dropTo(owner: { uid: number; gid: number }): Account {
  return { owner, invoke: (command, args) => ({ command, args, options: { ...options, ...owner } }) };
}

// A folder made by `mktemp -d` is mode 700 and root's: the unprivileged user may not pass through it to reach its own
// data. The one capability for that is kept. `no_setuid_fixup` because initdb calls access(2), which ignores the
// capabilities of a process that is not root unless that bit is set.
function dropKeepingSearch(owner: { uid: number; gid: number }): Account {
  const flags = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups", "--securebits=+no_setuid_fixup"];
  const capabilities = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  return {
    owner,
    invoke: (program, args) => ({ command: "setpriv", args: [...flags, ...capabilities, program, ...args], options }),
  };
}

function reaches(account: Account, directory: string, program: string): boolean {
  const script = 'cd "$1" && exec "$2" --version';
  const { command, args, options: how } = account.invoke("/bin/sh", ["-c", script, "sh", directory, program]);
  return spawnSync(command, args, { ...how, stdio: "ignore" }).status === 0;
}

function unprivilegedUser(directory: string, dataDirectory: string): { uid: number; gid: number } {
  for (const path of [dataDirectory, directory]) {
    const { uid, gid } = existsSync(path) ? statSync(path) : { uid: 0, gid: 0 };
    if (uid !== 0) return { uid, gid };
  }
  return lookUp("postgres") ?? lookUp("nobody") ?? { uid: 65_534, gid: 65_534 };
}

function lookUp(user: string): { uid: number; gid: number } | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, user], { encoding: "utf8", env: environment });
    return status === 0 ? Number.parseInt(stdout, 10) : 0;
  });
  return uid && gid ? { uid, gid } : undefined;
}
