// `npm run bench`: what the gateway does in a second on this machine, against a bare loop in the same run.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { measureDrain } from "./figures/drain.ts";
import { type Finding, full, type Measuring, quick } from "./figures/finding.ts";
import { measureExpressions } from "./figures/expressions.ts";
import { measureHistory } from "./figures/history.ts";
import { measureHeldDrain } from "./figures/heldDrain.ts";
import { measureIsolation } from "./figures/isolation.ts";
import { measureLatency } from "./figures/latency.ts";
import { measureLiveBesideReplay } from "./figures/liveBesideReplay.ts";
import { measureMatching } from "./figures/matching.ts";
import { memoryFinding } from "./figures/memory.ts";
import { measurePublish } from "./figures/publish.ts";
import { measureOrdered } from "./figures/ordered.ts";
import { measureRateLimit } from "./figures/rateLimit.ts";
import { measureReplay } from "./figures/replay.ts";
import { measureResume } from "./figures/resume.ts";
import { measureRetries } from "./figures/retries.ts";
import { measureRetention } from "./figures/retention.ts";
import { measureSoak } from "./figures/soak.ts";
import { measureTogether } from "./figures/together.ts";
import { measureTwoDeliverers } from "./figures/twoDeliverers.ts";
import { measureValidation } from "./figures/validation.ts";
import { describeMachine, type Machine, machineLines } from "./machine.ts";
import { type BenchOptions, type FigureName, readOptions, usage } from "./options.ts";
import { describeProfiles } from "./profile.ts";
import { query } from "./rig/database.ts";
import { type Rig, startRig } from "./rig/rig.ts";
import { root } from "./rig/service.ts";
import { findingsTable } from "./table.ts";

const outDirectory = join(root, "bench", "out");
const say = (line: string): void => console.log(`  ${line}`);

const measures: readonly [FigureName, (measuring: Measuring) => Promise<Finding>][] = [
  ["drain", measureDrain],
  ["batch", (measuring) => measurePublish(measuring, "batch")],
  ["single", (measuring) => measurePublish(measuring, "single")],
  ["together", (measuring) => measureTogether(measuring, "together")],
  ["fanOut", (measuring) => measureTogether(measuring, "fanOut")],
  ["latency", measureLatency],
  ["retries", measureRetries],
  ["twoDeliverers", measureTwoDeliverers],
  ["validation", measureValidation],
  ["expressions", measureExpressions],
  ["matching", measureMatching],
  ["isolation", measureIsolation],
  ["liveBesideReplay", measureLiveBesideReplay],
  ["heldDrain", measureHeldDrain],
  ["replay", measureReplay],
  ["ordered", measureOrdered],
  ["rateLimit", measureRateLimit],
  ["resume", measureResume],
  ["retention", measureRetention],
  ["history", measureHistory],
  ["soak", measureSoak],
];

process.exitCode = await main();

async function main(): Promise<number> {
  let options: BenchOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  if (options === undefined) {
    console.log(usage);
    return 0;
  }
  mkdirSync(outDirectory, { recursive: true });
  rmSync(join(outDirectory, "profiles"), { recursive: true, force: true });
  const rig = await startRig({ profile: options.profile, outDirectory });
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // One Ctrl-C arrives up to three times: from the terminal, from npm, and from the launcher.
    process.on(signal, () => {
      stopped = true;
      void rig.close().then(() => process.exit(130));
    });
  }
  try {
    await measure(rig, options);
    return 0;
  } catch (error) {
    // What was under way when everything was stopped fails, which is no news.
    if (!stopped) console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    return stopped ? 130 : 1;
  } finally {
    await rig.close();
  }
}

async function measure(rig: Rig, options: BenchOptions): Promise<void> {
  const [version] = await query(rig.serverUrl, "show server_version");
  const machine = describeMachine(rig.directory, String(version?.["server_version"]));
  console.log(["", ...machineLines(machine), ""].join("\n"));
  const findings = await measureAll(rig, options);
  console.log(["", ...findingsTable(findings), ""].join("\n"));
  const missed = findings.filter(({ met }) => !met).length;
  console.log(missed === 0 ? "All figures are met." : `${missed} of ${findings.length} figures are missed.`);
  if (options.quick) console.log("A quick run: its figures say nothing about speed.");
  if (options.profile) console.log("A profiled run: profiling slowed it.");
  const path = saveResult(machine, findings, options);
  console.log(`Written to ${relative(process.cwd(), path)}\n`);
}

async function measureAll(rig: Rig, options: BenchOptions): Promise<Finding[]> {
  const { figures, quick: isQuick, minutes: soakMinutes, ratePerSecond } = options;
  const profiles: string[] = [];
  const measuring: Measuring = {
    rig,
    amounts: isQuick ? quick : full,
    sustained: { perSecond: ratePerSecond },
    soakMinutes,
    say,
    profiled: (name, work, statements) => {
      const directory = rig.profileDirectory(name);
      if (directory === undefined) return;
      profiles.push(`\n${name}: time for each of ${Math.round(work.events)} events`);
      profiles.push(...describeProfiles(directory, work, statements));
    },
  };
  const findings: Finding[] = [];
  for (const [name, measureFigure] of measures) if (figures.has(name)) findings.push(await measureFigure(measuring));
  const memory = memoryFinding(rig);
  if (memory !== undefined) findings.push(memory);
  if (profiles.length > 0) console.log(profiles.join("\n"));
  return findings;
}

function saveResult(machine: Machine, findings: readonly Finding[], options: BenchOptions): string {
  const { label, save, quick: isQuick, profile } = options;
  const directory = save ? join(root, "bench", "results") : outDirectory;
  mkdirSync(directory, { recursive: true });
  const at = new Date().toISOString();
  const path = join(directory, `${at.slice(0, 10)}-${label}.json`);
  const run = { at, label, quick: isQuick, profile };
  writeFileSync(path, `${JSON.stringify({ ...run, machine, findings }, null, 2)}\n`);
  return path;
}
