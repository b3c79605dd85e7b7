import { parseArgs } from "node:util";

export const figureNames = [
  "drain",
  "batch",
  "single",
  "together",
  "fanOut",
  "latency",
  "retries",
  "twoDeliverers",
  "validation",
  "expressions",
  "matching",
  "isolation",
  "liveBesideReplay",
  "heldDrain",
  "replay",
  "ordered",
  "rateLimit",
  "resume",
  "retention",
  "history",
  "soak",
] as const;
/** They take long, and much disk: only when they are named. */
const onlyNamed: ReadonlySet<string> = new Set(["history", "soak"]);
export type FigureName = (typeof figureNames)[number];

export interface BenchOptions {
  readonly figures: ReadonlySet<FigureName>;
  readonly label: string;
  readonly save: boolean;
  readonly quick: boolean;
  readonly profile: boolean;
  /** Of soak. */
  readonly minutes: number;
  /** What soak publishes half of, a second; undefined: what `together` finds. */
  readonly ratePerSecond: number | undefined;
}

export const usage = `npm run bench -- [${figureNames.join("] [")}] [--label <text>] [--save] [--quick] [--profile] [--minutes <n>] [--rate <n>]

  No names: every figure but history and soak.
  --label    part of the result file's name (default: local)
  --save     write the result to bench/results instead of bench/out
  --quick    a tenth of the work: shows that the bench runs, and says nothing about speed
  --profile  CPU profiles of the API and the deliverer and times of SQL statements; it slows what it measures
  --minutes  how long soak takes (default: 30)
  --rate     what it publishes half of, events a second (default: what together finds in the same run)`;

/** Reads the command line; undefined when help was asked for. Throws a sentence for what it does not know. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      label: { type: "string", default: "local" },
      save: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      minutes: { type: "string", default: "30" },
      rate: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !isFigure(name));
  if (unknown !== undefined) throw new Error(`There is no figure "${unknown}".\n\n${usage}`);
  if (!/^[\w.-]{1,64}$/.test(values.label))
    throw new Error("--label takes up to 64 letters, digits, dots, hyphens and underscores.");
  const { label, save, quick, profile } = values;
  const usual = figureNames.filter((name) => !onlyNamed.has(name));
  const figures = new Set(positionals.length > 0 ? positionals.filter(isFigure) : usual);
  const minutes = readPositive("minutes", values.minutes);
  const ratePerSecond = values.rate === undefined ? undefined : readPositive("rate", values.rate);
  if (figures.has("soak") && !figures.has("together") && ratePerSecond === undefined)
    throw new Error("soak publishes at half of what together finds: name that too, or give --rate.");
  return { figures, label, save, quick, profile, minutes, ratePerSecond };
}

function readPositive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e6)) throw new Error(`--${name} takes a number above 0.`);
  return value;
}

function isFigure(name: string): name is FigureName {
  return figureNames.some((known) => known === name);
}
