import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Measuring, SqlFunction, Work } from "./figures/finding.ts";
import { type Gateway, query } from "./rig/gateway.ts";

/** Stops a figure's gateway. Where it was profiled, hands over first what it did. */
export async function endGateway(measuring: Measuring, gateway: Gateway, name: string, work: Work): Promise<void> {
  await gateway.stopProcesses();
  if (measuring.rig.profileDirectory(name) !== undefined)
    measuring.profiled(name, work, await readFunctions(gateway.databaseUrl));
  await gateway.stop();
}

const functionRow = z.object({ name: z.string(), calls: z.coerce.number(), total: z.number(), self: z.number() });

async function readFunctions(databaseUrl: string): Promise<SqlFunction[]> {
  const rows = await query(
    databaseUrl,
    `select schemaname || '.' || funcname as name, calls, total_time as total, self_time as self
     from pg_stat_user_functions order by self_time desc limit 15`,
  ).catch(() => []);
  return rows.map((raw) => {
    const { name, calls, total, self } = functionRow.parse(raw);
    return { name, calls, totalMs: total, selfMs: self };
  });
}

const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  /** In µs of the monotonic clock. */
  startTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const linesShown = 18;

/** Where the time went, in µs for each event: by package or folder, by function, and by SQL function. */
export function describeProfiles(directory: string, work: Work, functions: readonly SqlFunction[]): string[] {
  const lines: string[] = [];
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith(".cpuprofile"))
    .toSorted()) {
    const profile = cpuProfile.parse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    const described = describe(profile, work);
    if (described.length > 0) lines.push(`  ${file}`, ...described);
  }
  for (const { name, calls, totalMs, selfMs } of functions) {
    const perEvent = ((selfMs * 1000) / work.events).toFixed(1).padStart(8);
    lines.push(
      `  ${perEvent} µs  ${name} (${calls} calls, ${Math.round(totalMs)} ms in all, ${Math.round(selfMs)} ms itself)`,
    );
  }
  return lines;
}

function describe({ nodes, samples, timeDeltas, startTime }: z.infer<typeof cpuProfile>, work: Work): string[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPlace = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let atMicros = startTime;
  for (const [n, id] of samples.entries()) {
    const frame = frames.get(id);
    const micros = timeDeltas[n] ?? 0;
    atMicros += micros;
    // Starting up, which is loading and compiling modules, is not part of the work.
    if (atMicros < work.fromMs * 1000 || atMicros > work.toMs * 1000) continue;
    if (frame === undefined || frame.functionName === "(idle)") continue;
    const name = `${frame.functionName || "(anonymous)"} ${shortened(frame.url)}:${frame.lineNumber + 1}`;
    byFunction.set(name, (byFunction.get(name) ?? 0) + micros);
    const place = frame.url === "" ? frame.functionName : placeOf(frame.url);
    byPlace.set(place, (byPlace.get(place) ?? 0) + micros);
  }
  if (byPlace.size === 0) return [];
  return [...top(byPlace, work.events), "    --", ...top(byFunction, work.events)];
}

function top(micros: ReadonlyMap<string, number>, events: number): string[] {
  const sorted = [...micros].toSorted(([, a], [, b]) => b - a).slice(0, linesShown);
  return sorted.map(([name, total]) => `  ${(total / events).toFixed(1).padStart(8)} µs  ${name}`);
}

function shortened(url: string): string {
  return url.replace(/^file:\/\/.*?\/(node_modules|src)\//, "$1/");
}

function placeOf(url: string): string {
  const short = shortened(url);
  const [outer, first = "", second = ""] = short.split("/");
  if (outer === "node_modules") return first.startsWith("@") ? `${first}/${second}` : first;
  return outer === "src" ? `src/${first}` : short.replace(/^node:internal\/([^/]+).*/, "node:$1");
}
