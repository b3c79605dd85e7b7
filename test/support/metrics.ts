import { until } from "./until.ts";

/** Metrics as read from a process: samples by name and labels as they stand there, and what each name is. */
export interface Metrics {
  /** 0 where there is no such sample. @param labels such as `loop="promote"` */
  value(name: string, labels?: string): number;
  has(name: string): boolean;
  readonly names: ReadonlySet<string>;
  /** Names that have a HELP and a TYPE. */
  readonly described: ReadonlySet<string>;
}

/** Reads Prometheus' text format. @throws where a line is not of it */
export function parseMetrics(text: string): Metrics {
  const samples = new Map<string, number>();
  const names = new Set<string>();
  const described = { HELP: new Set<string>(), TYPE: new Set<string>() };
  for (const line of text.split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (comment?.[1] === "HELP" && comment[2]) described.HELP.add(comment[2]);
    else if (comment?.[1] === "TYPE" && comment[2] && /^(counter|gauge|histogram)$/.test(comment[3] ?? ""))
      described.TYPE.add(comment[2]);
    else if (line !== "") {
      const sample = /^([a-z_]+)(\{(?:[a-z]+="[^"\n]*",?)*\})? (-?[\d.e+-]+|NaN|\+Inf)$/.exec(line);
      if (!sample?.[1]) throw new Error(`not a line of metrics: ${line}`);
      names.add(sample[1].replace(/_(bucket|sum|count)$/, (end) => (described.TYPE.has(sample[1] ?? "") ? end : "")));
      samples.set(sample[1] + (sample[2] ?? ""), Number(sample[3]));
    }
  }
  return {
    value: (name, labels) => samples.get(labels === undefined ? name : `${name}{${labels}}`) ?? 0,
    has: (name) => names.has(name),
    names,
    described: described.HELP.intersection(described.TYPE),
  };
}

/** Asks a process for its metrics. */
export async function readMetrics(port: number): Promise<Metrics> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 200 || !type.startsWith("text/plain; version=0.0.4"))
    throw new Error(`metrics were answered ${response.status} as ${type}`);
  return parseMetrics(await response.text());
}

/** Waits until the metrics are as told. */
export function metricsThat(port: number, what: string, fits: (metrics: Metrics) => boolean): Promise<Metrics> {
  const read = async (): Promise<Metrics | undefined> => {
    const metrics = await readMetrics(port).catch((error: unknown) => {
      if (error instanceof TypeError) return undefined;
      throw error;
    });
    return metrics && fits(metrics) ? metrics : undefined;
  };
  return until(read, { deadlineMs: 30_000, what });
}
