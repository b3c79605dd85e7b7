import { LRUCache } from "lru-cache";
import { createDispatcher, type DispatcherLog } from "./dispatcher.ts";
import type { Answers, DecideRequest, EvaluateRequest, Request, Unit } from "./protocol.ts";
import type { Candidate, Decision, Evaluated, EvaluatorLimits } from "./terms.ts";

export type { Candidate, Decision, Evaluated, EvaluatorLimits } from "./terms.ts";

/**
 * Runs what tenants and catalogs wrote in JSONata, in a process of its own: see docs/decisions/0010. Each call rejects only when the evaluator
 * is closed or its process cannot be started, which is no fault of an expression: try again later.
 */
export interface Evaluator {
  /** One event for many candidates: for each, in order, whether its filter matched and what its transform gave. */
  decide(input: {
    /** The JSON text of the standard event. */
    readonly event: string;
    readonly candidates: readonly Candidate[];
    /** Tenants take turns. */
    readonly tenantId?: string;
  }): Promise<readonly Decision[]>;
  /** One expression on one input, a JSON text. */
  evaluate(expression: string, input: string, tenantId?: string): Promise<Evaluated>;
  /** Whether an expression can be used: it parses, is short, calls only what is allowed. Null: it can; else why not, and where. */
  check(expression: string): Promise<string | null>;
  close(): Promise<void>;
}

/** An expression that stopped the process is not evaluated again for this long: each time costs all others about half a second. */
const bannedMs = 60_000;
const maxBanned = 1_000;
const stopped = "The expression was stopped: it took too long, or too much memory";
const noTime = "The expression was not evaluated: those before it took all the time that one event may take";
/** Looking for the one that stopped the process, one candidate after the other: after so many times its own, the rest fails. */
const searchTimes = 100;

/** Starts no process before the first expression. */
export function createEvaluator(limits: EvaluatorLimits, log: DispatcherLog = { warn() {} }): Evaluator {
  const dispatcher = createDispatcher(limits, log);
  const banned = new LRUCache<string, true>({ max: maxBanned, ttl: bannedMs });

  /** Null: it was stopped. The process is ours, so its answers have the type of the request. */
  async function ask<R extends Request>(key: string, request: R): Promise<Answers[R["kind"]] | null> {
    const line = await dispatcher.ask(key, request);
    return line === null ? null : JSON.parse(line);
  }

  async function decideAlone(key: string, event: string, candidate: Candidate): Promise<Decision> {
    const { filter, transform } = candidate;
    if (filter !== null) {
      if (banned.has(filter)) return { matched: false, failure: stopped };
      const answer = await ask(key, decideRequest(event, [{ ...candidate, transform: null }]));
      if (answer === null) banned.set(filter, true);
      const decision = answer?.[0] ?? { matched: false, failure: stopped };
      if (!decision.matched) return decision;
    }
    if (transform === null) return { matched: true, body: null };
    if (banned.has(transform)) return { matched: true, failure: stopped };
    const answer = await ask(key, decideRequest(event, [{ ...candidate, filter: null }]));
    if (answer === null) banned.set(transform, true);
    return answer?.[0] ?? { matched: true, failure: stopped };
  }

  async function decideOneByOne(key: string, event: string, candidates: readonly Candidate[]): Promise<Decision[]> {
    const decisions: Decision[] = [];
    const end = performance.now() + searchTimes * limits.timeoutMs;
    for (const candidate of candidates) {
      if (performance.now() < end) decisions.push(await decideAlone(key, event, candidate));
      else
        decisions.push(
          candidate.filter === null ? { matched: true, failure: noTime } : { matched: false, failure: noTime },
        );
    }
    return decisions;
  }

  const isBanned = ({ filter, transform }: Candidate): boolean =>
    (filter !== null && banned.has(filter)) || (transform !== null && banned.has(transform));

  return {
    async decide({ event, candidates, tenantId = "" }) {
      if (candidates.length === 0) return [];
      const together = banned.size === 0 ? candidates : candidates.filter((candidate) => !isBanned(candidate));
      const answers = together.length === 0 ? [] : await ask(tenantId, decideRequest(event, together));
      if (answers === null) return decideOneByOne(tenantId, event, candidates);
      if (together.length === candidates.length) return answers;
      const rest = answers.values();
      const asked = new Set(together);
      const decisions: Decision[] = [];
      for (const candidate of candidates)
        decisions.push(asked.has(candidate) ? next(rest) : await decideAlone(tenantId, event, candidate));
      return decisions;
    },
    async evaluate(expression, input, tenantId = "") {
      const refused: Evaluated = { ok: false, reason: "timeout", message: stopped };
      if (banned.has(expression)) return refused;
      const request: EvaluateRequest = { kind: "evaluate", text: expression, input };
      // The first time somebody else may have ended the process.
      const answer = (await ask(tenantId, request)) ?? (await ask(tenantId, request));
      if (answer === null) banned.set(expression, true);
      return answer ?? refused;
    },
    async check(expression) {
      const answer = await dispatcher.ask("", { kind: "check", text: expression });
      return answer === null ? "The expression takes too long to read." : JSON.parse(answer);
    },
    close: () => dispatcher.close(),
  };
}

function next(decisions: Iterator<Decision>): Decision {
  const { value, done } = decisions.next();
  if (done === true) throw new RangeError("the evaluator process gave too few decisions");
  return value;
}

/** Each expression and each input stands in it once. */
function decideRequest(event: string, candidates: readonly Candidate[]): DecideRequest {
  const texts = new Map<string, number>();
  const inputs = new Map<string, number>();
  const units = candidates.map(({ filter, transform, input = event }): Unit => {
    return [indexOf(texts, filter), indexOf(texts, transform), indexOf(inputs, input)];
  });
  return { kind: "decide", inputs: [...inputs.keys()], texts: [...texts.keys()], units };
}

function indexOf(known: Map<string, number>, text: string | null): number {
  if (text === null) return -1;
  const at = known.get(text) ?? known.size;
  known.set(text, at);
  return at;
}
