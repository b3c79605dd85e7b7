import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, chooseAccount } from "./account.ts";
import { type Binaries, binariesIn, locateBinaries } from "./binaries.ts";
import { errorCode } from "./errors.ts";

/** The name of the superuser and of the database. */
export const databaseName = "posthorn";

/** An initialised data directory and what is needed to run it. */
export interface Cluster {
  dataDirectory: string;
  password: string;
  account: Account;
  binaries: Binaries;
  /** True when this call made it. */
  created: boolean;
}

/** Finds or makes the data directory `<directory>/postgres`. A kill in the middle leaves nothing half-made. */
export function prepareCluster(directory: string, log: (line: string) => void): Cluster {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const password = keepPassword(join(directory, "postgres-password"));
  const place = reachablePlace(realpathSync(directory), log);
  const dataDirectory = join(place.home, "postgres");
  const created = !existsSync(join(dataDirectory, "PG_VERSION"));
  if (created) initialise(place, dataDirectory, password);
  assertUsable(place.account, dataDirectory);
  return { ...place, dataDirectory, password, created };
}

/** Where data and programs live, and the account that reaches both. */
interface Place {
  home: string;
  account: Account;
  binaries: Binaries;
}

function reachablePlace(home: string, log: (line: string) => void): Place {
  const binaries = locateBinaries();
  const account = chooseAccount(home, join(home, "postgres"), binaries.postgres);
  if (account !== undefined) return { home, account, binaries };
  return placeInTemporaryFolder(home, binaries, log);
}

// Root, in a folder closed to everyone else, on a machine without setpriv: data and programs go where another user can
// reach them. The name follows from the clone's path, so that the next start finds them.
function placeInTemporaryFolder(directory: string, binaries: Binaries, log: (line: string) => void): Place {
  const home = join(tmpdir(), `posthorn-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`);
  mkdirSync(home, { recursive: true, mode: 0o711 });
  if (!lstatSync(home).isDirectory() || statSync(home).uid !== 0)
    throw new Error(`${home} is not root's folder: remove it.`);
  const copied = binariesIn(join(home, "native"));
  if (!existsSync(copied.postgres)) {
    const draft = join(home, `native.${process.pid}`);
    cpSync(binaries.native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, copied.native);
  }
  const account = chooseAccount(home, join(home, "postgres"), copied.postgres);
  if (account === undefined)
    throw new Error(`No unprivileged user can run PostgreSQL in ${home}: set DATABASE_URL instead.`);
  log(`PostgreSQL does not run as root, and no other user can reach ${directory}: its data is kept in ${home}`);
  return { home, account, binaries: copied };
}

// initdb works in a draft folder which is renamed when complete; its leftovers after a kill are removed here.
function initialise({ home, account, binaries }: Place, dataDirectory: string, password: string): void {
  for (const name of readdirSync(home)) {
    if (name.startsWith("postgres.draft-")) rmSync(join(home, name), { recursive: true, force: true });
  }
  const draft = mkdtempSync(join(home, "postgres.draft-"));
  const passwordFile = join(draft, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const { owner } = account;
  if (owner) for (const path of [draft, passwordFile]) chownSync(path, owner.uid, owner.gid);
  const target = ["-D", join(draft, "data"), "-U", databaseName, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const { command, args, options } = account.invoke(binaries.initdb, [...target, ...locale, "--no-instructions"]);
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
  if (existsSync(dataDirectory))
    throw new Error(`${dataDirectory} holds something that is not a database: move it away.`);
  renameSync(join(draft, "data"), dataDirectory);
  rmSync(draft, { recursive: true, force: true });
}

function assertUsable(account: Account, dataDirectory: string): void {
  const version = readOwn(join(dataDirectory, "PG_VERSION")).trim();
  if (version !== "18")
    throw new Error(`${dataDirectory} was made by PostgreSQL ${version}, this is 18: move it away.`);
  const { uid, gid } = statSync(dataDirectory);
  // Someone ran `chown -R root` over the clone.
  if (account.owner && uid === 0) chownTree(dataDirectory, account.owner);
  else if (!account.owner && uid !== process.getuid?.()) throw new Error(foreignData(dataDirectory, uid, gid));
}

function chownTree(path: string, { uid, gid }: { uid: number; gid: number }): void {
  for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) chownSync(join(path, name), uid, gid);
  chownSync(path, uid, gid);
}

function keepPassword(path: string): string {
  if (existsSync(path)) return readOwn(path).trim();
  const password = randomBytes(24).toString("hex");
  writeFileSync(path, `${password}\n`, { mode: 0o600, flag: "wx" });
  return password;
}

function readOwn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) !== "EACCES") throw error;
    const { uid, gid } = statSync(join(path, ".."));
    throw new Error(foreignData(path, uid, gid), { cause: error });
  }
}

function foreignData(path: string, uid: number, gid: number): string {
  return (
    `${path} belongs to another user (uid ${uid}, gid ${gid}): this clone was first started by another user, probably root. ` +
    `Start it as that user again, or have them remove the folder ${join(path, "..")}, which deletes its data.`
  );
}
