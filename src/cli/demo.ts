// `npm run demo`: every event of the five catalogs in its own form, two thousand more to receivers that fail, and books that must balance.
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { catalogGateway } from "./catalog/gateway.ts";
import { faultLines } from "./catalog/report.ts";
import { ApiError, createClient } from "./client.ts";
import { type Gateway, findGateway } from "./demo/gateway.ts";
import { type DemoOptions, DemoRefused, readOptions } from "./demo/options.ts";
import { type DemoResult, runDemo } from "./demo/run.ts";
import { booksSentence, booksTable, catalogsTable } from "./demo/table.ts";
import { paintFor } from "./terminal.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const paint = paintFor(process.stdout, process.env);
// With what comes before and after it, well within 90 s.
const patienceMs = 60_000;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());

// Not left to end by itself: Node 26.10 was seen spinning for ever in its own clean-up (CleanupHandles) after a run
// whose receivers had reset connections.
process.exit(await main());

async function main(): Promise<number> {
  let gateway: Gateway | undefined;
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options === undefined) return 0;
    console.log(`\n${paint.bold("Posthorn demo")}\n`);
    gateway = await findGateway(options, root, stopping.signal);
    const code = await demonstrate(gateway, options);
    if (gateway.startedHere) console.log("Stopping the gateway that was started for the demo.\n");
    return code;
  } catch (error) {
    if (!(error instanceof DemoRefused || error instanceof ApiError)) throw error;
    const faults = error instanceof ApiError ? error.faults : [];
    console.error([`demo: ${error.message}`, ...faultLines(faults, paintFor(process.stderr, process.env))].join("\n"));
    return 1;
  } finally {
    await gateway?.stop();
  }
}

async function demonstrate(gateway: Gateway, { events }: DemoOptions): Promise<number> {
  const { origin, key, startedHere } = gateway;
  if (!startedHere) console.log(`  Gateway  ${origin} ${paint.dim("(was running)")}`);
  const run = `demo_${randomBytes(3).toString("hex")}`;
  const startedMs = performance.now();
  const clients = { client: createClient(origin, key), catalogGateway: catalogGateway(origin, key) };
  const { catalogs, books } = await runDemo(clients, { run, events, patienceMs }, paint, stopping.signal);
  if (stopping.signal.aborted) {
    console.log("\nStopped before the end.");
    return 130;
  }
  console.log(["", ...catalogsTable(catalogs, paint), "", ...booksTable(books, paint), ""].join("\n"));
  console.log(booksSentence(books, paint));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(remarks({ catalogs, books }, seconds, gateway, run).join("\n"));
  return [...catalogs, ...books].every(({ faults }) => faults.length === 0) ? 0 : 1;
}

function remarks(
  { catalogs, books }: DemoResult,
  seconds: string,
  { origin, startedHere }: Gateway,
  run: string,
): string[] {
  const idle = books.every(({ requests }) => requests === 0);
  const broken = catalogs.filter(({ faults }) => faults.length > 0).map(({ name }) => name);
  const look = `curl -sS "${origin}/v1/tenants/${run}_dead/deliveries?limit=1" -H "authorization: Bearer $KEY"`;
  return [
    ...(broken.length === 0 ? [] : [paint.bad(`Not as its catalog says: ${broken.join(", ")}, by the faults above.`)]),
    paint.dim("Derived: notifications that follow from an event. Contently's API.* are made by the gateway alone."),
    paint.dim(`Took ${seconds} s. Signatures were checked by the receivers with @posthorn/verify.`),
    ...(idle ? [paint.warn("No request reached a receiver: does a deliverer run?")] : []),
    ...(startedHere ? [] : ["", "What was given up can be looked at:", `  ${look}`]),
    "",
  ];
}
