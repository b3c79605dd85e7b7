// Lock files that survive kill -9: a lock names its owner by process id and start time, so a dead owner's
// lock is taken over, and a recycled process id is not mistaken for the owner. Plain JS: the pre-step needs it.
import { randomBytes } from "node:crypto";
import { spawnSync } from "node:child_process";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Says which process this is: differs between two processes that had the same id. Undefined when it is dead. */
export function processIdentity(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? linuxIdentity(pid) : psIdentity(pid);
}

/** Takes the lock, or returns `{ heldBy: pid }` when a living process has it. */
export function tryLock(path) {
  const content = `${process.pid} ${processIdentity(process.pid)} ${randomBytes(6).toString("hex")}\n`;
  for (let round = 0; round < 20; round++) {
    if (createWith(path, content)) return { release: () => releaseLock(path, content) };
    const found = readIfPresent(path);
    if (found === undefined) continue;
    const heldBy = livingOwner(found);
    if (heldBy !== undefined) return { heldBy };
    removeStale(path, found);
  }
  throw new Error(`The lock ${path} keeps changing hands; remove it if nothing is running.`);
}

/** Takes the lock, waiting for a living owner to leave it. `onWait(pid)` is called once, when it has to wait. */
export async function lock(path, onWait = () => {}) {
  for (let told = false; ; told = true) {
    const taken = tryLock(path);
    if ("release" in taken) return taken;
    if (!told) onWait(taken.heldBy);
    await delay(100);
  }
}

// A link appears with its content, so nobody can read a lock that is still empty.
function createWith(path, content) {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, content, { mode: 0o644 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function livingOwner(content) {
  const [pid, ...rest] = content.trim().split(" ");
  const identity = rest.slice(0, -1).join(" ");
  return processIdentity(Number(pid)) === identity ? Number(pid) : undefined;
}

// Two processes may find the same dead lock: the loser of the rename may have moved the winner's new lock aside,
// sees that by its content, and puts it back.
function removeStale(path, expected) {
  const aside = `${path}.stale.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  const moved = readIfPresent(aside);
  if (moved !== undefined && moved !== expected) createWith(path, moved);
  rmSync(aside, { force: true });
}

function releaseLock(path, content) {
  if (readIfPresent(path) === content) rmSync(path, { force: true });
}

function readIfPresent(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function linuxIdentity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie is dead: where process 1 reaps nobody, an orphan's entry stays for good.
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = readIfPresent("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
    return `${fields[19]}@${boot}`;
  } catch {
    return undefined;
  }
}

function psIdentity(pid) {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [state = "", ...started] = stdout.trim().split(/\s+/);
  return state.startsWith("Z") ? undefined : started.join("_");
}
