import { parseArgs } from "node:util";

export const figureNames = [
  "drain",
  "memory",
  "batch",
  "single",
  "together",
  "latency",
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
] as const;
export type FigureName = (typeof figureNames)[number];

export interface BenchOptions {
  readonly figures: ReadonlySet<FigureName>;
  readonly label: string;
  readonly save: boolean;
  readonly quick: boolean;
  readonly profile: boolean;
}

export const usage = `npm run bench -- [${figureNames.join("] [")}] [--label <text>] [--save] [--quick] [--profile]

  No names: every figure.
  --label    part of the result file's name (default: local)
  --save     write the result to bench/results instead of bench/out
  --quick    a tenth of the work: shows that the bench runs, and says nothing about speed
  --profile  CPU profiles of the API and the deliverer and times of SQL statements; it slows what it measures`;

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
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !isFigure(name));
  if (unknown !== undefined) throw new Error(`There is no figure "${unknown}".\n\n${usage}`);
  if (!/^[\w.-]{1,64}$/.test(values.label))
    throw new Error("--label takes up to 64 letters, digits, dots, hyphens and underscores.");
  const { label, save, quick, profile } = values;
  const figures = new Set(positionals.length > 0 ? positionals.filter(isFigure) : figureNames);
  return { figures, label, save, quick, profile };
}

function isFigure(name: string): name is FigureName {
  return figureNames.some((known) => known === name);
}
