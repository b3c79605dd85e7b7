// `npm run receiver`: a receiver to try things with. It prints what arrives and whether its signature holds.
import { parseArgs } from "node:util";
import { verify, WebhookVerificationError } from "#verify/index.ts";
import { block } from "./receiver/block.ts";
import { type ReceiverSettings, createReceiver } from "./receiver/server.ts";
import { paintFor } from "./terminal.ts";

const usage = `Usage: npm run receiver -- [--secret whsec_…]… [--port 9900] [--status 204] [--fail N]

  --secret  the endpoint's secret (whsec_…, or whpk_… for v1a); several times while one is being rotated
  --port    where to listen, on 127.0.0.1 (9900)
  --status  what to answer (204)
  --fail    answer 500 to the first N requests, to see retries`;

class Refusal extends Error {}

type Options = Omit<ReceiverSettings, "onArrival"> & { port: number };

try {
  const options = await readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else listen(options);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`receiver: ${error.message}`);
  process.exitCode = 1;
}

function listen({ port, ...settings }: Options): void {
  const paint = paintFor(process.stdout, process.env);
  const server = createReceiver({ ...settings, onArrival: (arrival) => console.log(block(arrival, paint)) });
  server.once("error", (error: NodeJS.ErrnoException) => {
    const taken = error.code === "EADDRINUSE";
    console.error(`receiver: ${taken ? `port ${port} is taken: choose another with --port` : error.message}`);
    process.exitCode = 1;
  });
  server.listen(port, "127.0.0.1", () => {
    const checks = settings.secrets.length === 0 ? "" : ", checking signatures";
    console.log(`Receiver at http://127.0.0.1:${port}/${checks}. Ctrl-C ends it.\n`);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(0));
  }
}

async function readOptions(args: string[]): Promise<Options | undefined> {
  const { help, secret = [], ...rest } = parse(args);
  if (help === true) return undefined;
  for (const text of secret) await checkSecret(text);
  return {
    secrets: secret,
    port: whole("--port", rest.port, 9900, 0, 65_535),
    status: whole("--status", rest.status, 204, 200, 599),
    failFirst: whole("--fail", rest.fail, 0, 0, 1_000_000),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        secret: { type: "string", multiple: true },
        port: { type: "string" },
        status: { type: "string" },
        fail: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}

// Verifying nothing tells a malformed secret from a good one, which would only miss the headers.
async function checkSecret(secret: string): Promise<void> {
  try {
    await verify("", {}, secret);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    if (error.code === "malformedSecret") throw new Refusal(`--secret: ${error.message}`, { cause: error });
  }
}

function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  const value = text === undefined ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Refusal(`${name} must be a whole number from ${min} to ${max}`);
}
