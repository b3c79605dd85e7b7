// The evaluator process: see docs/decisions/0010. It gets no environment, may read its own code and nothing else, and ends with its parent.
import { Worker } from "node:worker_threads";
import { boundIntrinsics } from "./bounds.ts";
import { limitsOf, READY, type Request } from "./protocol.ts";
import { createRun } from "./run.ts";

/** An expression may keep this thread busy, so that it does not see its input end: another thread looks whether the parent lives. */
const orphanWatch = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 1000);
`;
const watch = new Worker(orphanWatch, {
  eval: true,
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
});
watch.unref();

const run = createRun(limitsOf(process.argv.slice(2)));
const stringify = JSON.stringify;
boundIntrinsics();

const waiting: string[] = [];
let rest = "";
let busy = false;

// A branch of an expression that nobody waits for any more.
process.on("unhandledRejection", () => {});
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  waiting.push(...lines);
  if (!busy) void work();
});
process.stdin.on("end", () => process.exit());
process.stdout.write(`${stringify(READY)}\n`);

async function work(): Promise<void> {
  busy = true;
  for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
    const request: Request = JSON.parse(line);
    const answer = await run(request);
    process.stdout.write(`${stringify(answer)}\n`);
  }
  busy = false;
}
