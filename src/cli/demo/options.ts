import { parseArgs } from "node:util";

/** A reason not to run, in a sentence for the person at the terminal. */
export class DemoRefused extends Error {}

export interface DemoOptions {
  /** Where the gateway is, or would be. */
  origin: string;
  /** True when the person named the gateway: then none is started for them. */
  named: boolean;
  key: string | undefined;
  /** Events beside those of the catalogs. */
  events: number;
}

const usage = `Usage: npm run demo -- [--url http://127.0.0.1:8080] [--key phk_…] [--events 2000]

  --url     the gateway to use; without it, the one on PORT, or one that is started for the demo
  --key     an operator key; without it POSTHORN_OPERATOR_KEY, or .posthorn/operator-key
  --events  how many events to publish beside those of the catalogs (2000, at most 20000)`;

/** Reads the arguments; undefined when the person only wanted to know them (they are printed then). */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): DemoOptions | undefined {
  const { url, key, events = "2000", help } = parse(args);
  if (help === true) {
    console.log(usage);
    return undefined;
  }
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new DemoRefused("--url must begin with http:// or https://");
  if (!/^\d{1,5}$/.test(events) || Number(events) > 20_000) {
    throw new DemoRefused("--events must be a whole number up to 20000");
  }
  return {
    origin: url === undefined ? `http://127.0.0.1:${env.PORT || "8080"}` : new URL(url).origin,
    named: url !== undefined,
    key,
    events: Number(events),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: "string" },
        key: { type: "string" },
        events: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new DemoRefused(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}
