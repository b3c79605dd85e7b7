import type { EvaluatorLimits } from "./terms.ts";
import { startEvaluatorProcess, type EvaluatorProcess } from "./evaluatorProcess.ts";
import { budgetMs, type Request } from "./protocol.ts";

export interface Dispatcher {
  /**
   * The JSON text of the answer; null when the process was stopped by this request: it did not answer in time, or took all memory.
   * @param key requests of different keys take turns
   * @throws {Error} closed, or the process cannot be started
   */
  ask(key: string, request: Request): Promise<string | null>;
  close(): Promise<void>;
}

export interface DispatcherLog {
  warn(fields: object, message: string): void;
}

interface Job {
  readonly line: string;
  readonly hardMs: number;
  resolve(answer: string | null): void;
  reject(error: Error): void;
}

/** Beyond what a request's own bounds allow: a process that is this late does not look at the clock any more. */
const graceMs = 300;
/** Requests that the process has at once: enough that it never waits for the next one. */
const window = 8;
/** Then there is something wrong with the process, not with what it is given. */
const maxStartFailures = 3;
const startMs = 10_000;
/** The key of those that were with a process that ended; no tenant has it. */
const again = " again";

/**
 * Keeps one evaluator process: starts it when there is work, gives it some requests at once, and kills it when the oldest of them is not
 * answered in time. That one is to blame; the others are given to the next process.
 */
export function createDispatcher(limits: EvaluatorLimits, log: DispatcherLog): Dispatcher {
  const queues = new Map<string, Job[]>();
  let inFlight: Job[] = [];
  let child: EvaluatorProcess | undefined;
  let ready = false;
  let startFailures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed: PromiseWithResolvers<void> | undefined;

  function pump(): void {
    if (closed !== undefined || (queues.size === 0 && inFlight.length === 0)) return;
    child ??= start();
    if (!ready) return;
    while (inFlight.length < window && queues.size > 0) {
      const job = next();
      inFlight.push(job);
      child.send(job.line);
      if (inFlight.length === 1) watch(job.hardMs);
    }
  }

  /** The keys take turns: whoever has been served goes to the end of the line. */
  function next(): Job {
    for (const [key, jobs] of queues) {
      const job = jobs.shift();
      queues.delete(key);
      if (jobs.length > 0) queues.set(key, jobs);
      if (job !== undefined) return job;
    }
    throw new RangeError("no request waits");
  }

  function watch(withinMs: number | undefined): void {
    clearTimeout(timer);
    if (withinMs !== undefined) timer = setTimeout(() => child?.kill(), withinMs);
  }

  function start(): EvaluatorProcess {
    ready = false;
    watch(startMs);
    return startEvaluatorProcess(limits, {
      ready() {
        ready = true;
        startFailures = 0;
        watch(undefined);
        pump();
      },
      answer(line) {
        inFlight.shift()?.resolve(line);
        watch(inFlight[0]?.hardMs);
        pump();
      },
      ended,
    });
  }

  function ended(why: string): void {
    const [head, ...others] = inFlight;
    watch(undefined);
    child = undefined;
    inFlight = [];
    if (closed !== undefined) {
      closed.resolve();
      return;
    }
    if (!ready && ++startFailures >= maxStartFailures) {
      startFailures = 0;
      return failAll(new Error(`the evaluator process cannot be started: ${why}`));
    }
    if (ready && head !== undefined) log.warn({ why }, "an expression stopped the evaluator process; starting another");
    ready = false;
    if (others.length > 0) queues.set(again, [...others, ...(queues.get(again) ?? [])]);
    head?.resolve(null);
    pump();
  }

  function failAll(error: Error): void {
    const jobs = [...inFlight, ...[...queues.values()].flat()];
    inFlight = [];
    queues.clear();
    for (const job of jobs) job.reject(error);
  }

  return {
    ask(key, request) {
      if (closed !== undefined) return Promise.reject(new Error("the evaluator is closed"));
      const { promise, resolve, reject } = Promise.withResolvers<string | null>();
      const hardMs = budgetMs(limits, request.kind === "decide" ? request.units.length : 1) + graceMs;
      const jobs = queues.get(key) ?? [];
      jobs.push({ line: JSON.stringify(request), hardMs, resolve, reject });
      queues.set(key, jobs);
      pump();
      return promise;
    },
    async close() {
      if (closed === undefined) {
        closed = Promise.withResolvers<void>();
        watch(undefined);
        failAll(new Error("the evaluator is closed"));
        if (child === undefined) closed.resolve();
        child?.kill();
      }
      await closed.promise;
    },
  };
}
