#!/usr/bin/env node
// Every npm script goes through here, and `npx posthorn <command> [arguments]`. It needs only Node 20: it
// installs the packages when they are missing, then runs the command on the Node 26 that is one of them.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "./check.mjs";
import { Refusal, ensureInstalled, pinnedNode } from "./install.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// `service`: runs until told to stop. It gets a channel, whose closing tells it that this process was killed.
const commands = {
  start: { entry: ["src/cli/start.ts"], service: true },
  api: { entry: ["src/node.ts"], service: true },
  deliverer: { entry: ["src/deliverer.ts"], service: true },
  receiver: { entry: ["src/cli/receiver.ts"] },
  migrate: { entry: ["src/migrate.ts"] },
  catalog: { entry: ["src/cli/catalog.ts"] },
  demo: { entry: ["src/cli/demo.ts"] },
  bench: { entry: ["bench/run.ts"] },
  test: { entry: ["node_modules/vitest/vitest.mjs", "run"] },
  // Words choose among the scenarios by name, whatever their case.
  "test:faults": {
    entry: ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.faults.config.ts"],
    names: true,
  },
  check: {},
};

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`posthorn: ${error.message}`);
  process.exitCode = 1;
}

async function main(name, args) {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
  if (command === undefined) throw new Refusal(`Usage: posthorn ${Object.keys(commands).join("|")} [arguments]`);
  await ensureInstalled(root);
  const node = pinnedNode(root);
  const path = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].filter(Boolean).join(delimiter);
  // Compiling the TypeScript of API and deliverer is half of a second start: 0.8 s of CPU each, 0.4 s from this cache.
  const cache = name === "start" ? { NODE_COMPILE_CACHE: join(root, ".posthorn", "compile-cache") } : {};
  // V8's young space grows to 67 MB by itself; at 16 MB a semi-space a deliverer under full load stays 20 to 40 MB smaller, at no cost
  // that could be measured. It can only be set before a process starts.
  const nodeOptions = [process.env.NODE_OPTIONS, "--max-semi-space-size=16"].filter(Boolean).join(" ");
  // glibc lets this threshold grow with what is freed, and then keeps large buffers in pieces: where a gigabyte of bodies of 200 kB waits, a
  // deliverer came to 416 MB, and to 321 MB where every such buffer goes back to the system at once.
  const allocator = { MALLOC_MMAP_THRESHOLD_: "131072" };
  const env = { ...cache, ...allocator, ...process.env, PATH: path, NODE_OPTIONS: nodeOptions };
  if (name === "check") return check({ root, node, env });
  const entry = command.entry.map((part, index) => (index === 0 ? join(root, part) : part));
  const named = command.names === true && args.length > 0 ? ["-t", `(?i:${args.join(" ")})`] : args;
  return await run(node, [...entry, ...named], env, command.service === true);
}

function run(node, args, env, service) {
  const stdio = ["inherit", "inherit", "inherit", ...(service ? ["ipc"] : [])];
  const child = spawn(node, args, { cwd: root, env, stdio });
  passSignals(child, service);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

// A terminal sends Ctrl-C to the whole group, so the child has it already. Services take a repeated signal within
// half a second for the same one, and get it passed on for those who signal this process alone; others would take
// it for a second, impatient Ctrl-C (vitest leaves without cleaning up).
function passSignals(child, service) {
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {
    if (service) child.kill("SIGINT");
  });
}
