import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Measuring, SqlStatement, Work } from "./figures/finding.ts";
import { query } from "./rig/database.ts";
import type { Gateway } from "./rig/gateway.ts";

/** Stops a figure's gateway. Where it was profiled, hands over first what it did. */
export async function endGateway(measuring: Measuring, gateway: Gateway, name: string, work: Work): Promise<void> {
  await gateway.stopProcesses();
  if (measuring.rig.profileDirectory(name) !== undefined)
    measuring.profiled(name, work, await readStatements(gateway.databaseUrl));
  await gateway.stop();
}

const statementRow = z.object({
  query: z.string(),
  calls: z.coerce.number(),
  rows: z.coerce.number(),
  total: z.number(),
});

async function readStatements(databaseUrl: string): Promise<SqlStatement[]> {
  const rows = await query(
    databaseUrl,
    `select query, calls, rows, total_exec_time + total_plan_time as total from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database())
     order by total desc limit 20`,
  );
  return rows.map((raw) => {
    const { query: text, calls, rows: returned, total } = statementRow.parse(raw);
    return { text: text.replaceAll(/\s+/g, " ").slice(0, 110), calls, rows: returned, totalMs: total };
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

/** Where the time went, in µs for each event: by package or folder, by function, and by SQL statement. */
export function describeProfiles(directory: string, work: Work, statements: readonly SqlStatement[]): string[] {
  const lines: string[] = [];
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith(".cpuprofile"))
    .toSorted()) {
    const profile = cpuProfile.parse(JSON.parse(readFileSync(join(directory, file), "utf8")));
    const described = describe(profile, work);
    if (described.length > 0) lines.push(`  ${file}`, ...described);
  }
  for (const { text, calls, rows, totalMs } of statements) {
    const perEvent = ((totalMs * 1000) / work.events).toFixed(1).padStart(8);
    lines.push(`  ${perEvent} µs  ${calls} calls, ${rows} rows: ${text}`);
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
