// `npm run check`: every gate runs, each is named with its verdict, and one that fails shows its output.
import { spawnSync } from "node:child_process";

const gates = [
  { name: "format", command: "oxfmt", args: ["--check"] },
  { name: "lint", command: "oxlint", args: ["--type-aware"] },
  { name: "types", command: "tsc", args: ["--noEmit"] },
  { name: "openapi.yaml is what the routes say", command: "node", args: ["src/cli/openapi.ts", "--check"] },
  { name: "openapi.yaml lints", command: "redocly", args: ["lint", "openapi.yaml"] },
];

/** Runs all gates on the pinned Node, which comes first on `env.PATH`. Returns the exit code: 1 if any failed. */
export function check({ root, env }) {
  const quiet = { ...env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const failed = gates.filter((gate) => !passes(gate, root, quiet));
  console.log(failed.length === 0 ? "check: passed" : `check: failed (${failed.map(({ name }) => name).join(", ")})`);
  return failed.length === 0 ? 0 : 1;
}

function passes({ name, command, args }, root, env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  console.log(`${status === 0 ? "pass" : "FAIL"}  ${name}`);
  if (status === 0) return true;
  process.stdout.write(`${stdout ?? ""}${stderr ?? ""}${error ? `${error.message}\n` : ""}`);
  return false;
}
