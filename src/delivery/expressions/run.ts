import { endTime, NotJson, OverTime, startTime, writeJson } from "./bounds.ts";
import { createCompiler, type Compiled } from "./compile.ts";
import type { Decision, Evaluated, EvaluatorLimits } from "./terms.ts";
import { failureOf, fault, type Failure } from "./messages.ts";
import { budgetMs, type Answers, type DecideRequest, type Request } from "./protocol.ts";
import { isTrue } from "./truth.ts";

/** Answers requests, one after the other: call again only when the last one has been answered. */
export type Run = (request: Request) => Promise<Answers[Request["kind"]]>;

/** How often an expression is tried again that had its time on the clock, but not on the processor: the machine was busy. */
const TRIES = 4;

type Outcome<T> = { readonly ok: true; readonly value: T } | Failure;

export function createRun(limits: EvaluatorLimits): Run {
  const compile = createCompiler(limits.timeoutMs);

  async function evaluate<T>(text: string, input: Input, read: (value: unknown) => T): Promise<Outcome<T>> {
    const compiled = compile(text);
    if (!compiled.ok) return compiled;
    let outcome = await once(compiled, input, read);
    for (let tries = 1; tries < TRIES && !outcome.ok && outcome.reason === "timeout"; tries++) {
      const before = process.cpuUsage();
      outcome = await once(compiled, input, read);
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1_000 > 0.7 * limits.timeoutMs) break;
    }
    return outcome;
  }

  async function once<T>(compiled: Compiled, input: Input, read: (value: unknown) => T): Promise<Outcome<T>> {
    startTime(limits.timeoutMs);
    try {
      const value = read(await settled(compiled.evaluate(input.get())));
      if (!compiled.pure) input.forget();
      return { ok: true, value };
    } catch (error) {
      input.forget();
      // Branches that were begun together with the failed one go on by themselves: the next turn of the event loop comes after them.
      await new Promise(setImmediate);
      return failureOf(error);
    } finally {
      endTime();
    }
  }

  const asJson = (value: unknown): string => (value === undefined ? "" : writeJson(value, limits.maxOutputBytes));

  async function transform(text: string, input: Input): Promise<Outcome<string>> {
    const outcome = await evaluate(text, input, asJson);
    return outcome.ok && outcome.value === "" ? fault("failed", "gave nothing") : outcome;
  }

  async function decide({ inputs, texts, units }: DecideRequest): Promise<readonly Decision[]> {
    const events = inputs.map((text) => createInput(text));
    const filtered = new Map<string, Outcome<boolean>>();
    const transformed = new Map<string, Outcome<string>>();
    const end = performance.now() + budgetMs(limits, units.length);
    const spent = fault("timeout", "was not evaluated: those before it took all the time that one event may take");
    const inTime = <T>(evaluation: () => Promise<Outcome<T>>): Promise<Outcome<T>> =>
      performance.now() > end ? Promise.resolve(spent) : evaluation();
    const decisions: Decision[] = [];
    for (const [filterAt, transformAt, inputAt] of units) {
      const event = events[inputAt];
      const filter = texts[filterAt];
      const body = texts[transformAt];
      if (event === undefined) throw new TypeError("a unit without an input");
      const matched: Outcome<boolean> =
        filter === undefined
          ? { ok: true, value: true }
          : await kept(filtered, `${filterAt} ${inputAt}`, () => inTime(() => evaluate(filter, event, isTrue)));
      if (!matched.ok || !matched.value) {
        decisions.push({ matched: false, failure: matched.ok ? null : matched.message });
        continue;
      }
      const made =
        body === undefined
          ? undefined
          : await kept(transformed, `${transformAt} ${inputAt}`, () => inTime(() => transform(body, event)));
      if (made === undefined) decisions.push({ matched: true, body: null });
      else decisions.push(made.ok ? { matched: true, body: made.value } : { matched: true, failure: made.message });
    }
    return decisions;
  }

  async function evaluateOne(text: string, input: string): Promise<Evaluated> {
    const outcome = await evaluate(text, createInput(input), asJson);
    return outcome.ok ? { ok: true, result: outcome.value } : outcome;
  }

  function check(text: string): string | null {
    const compiled = compile(text);
    return compiled.ok ? null : compiled.message;
  }

  return async (request) => {
    if (request.kind === "decide") return decide(request);
    return request.kind === "evaluate" ? evaluateOne(request.text, request.input) : check(request.text);
  };
}

/** jsonata waits for nothing outside: what has not settled by the next turn of the event loop never will. */
async function settled(evaluation: Promise<unknown>): Promise<unknown> {
  const stuck = Promise.withResolvers<never>();
  const turn = setImmediate(() => stuck.reject(new OverTime()));
  try {
    return await Promise.race([evaluation, stuck.promise]);
  } finally {
    clearImmediate(turn);
  }
}

/** What one expression gives on one input is asked for once. */
async function kept<T>(results: Map<string, T>, key: string, make: () => Promise<T>): Promise<T> {
  const known = results.get(key);
  if (known !== undefined) return known;
  const made = await make();
  results.set(key, made);
  return made;
}

/** An event, parsed when it is first needed, and again after an expression that may have changed it. */
interface Input {
  get(): unknown;
  forget(): void;
}

function createInput(text: string): Input {
  let parsed: { readonly value: unknown } | undefined;
  return {
    get() {
      parsed ??= { value: parse(text) };
      return parsed.value;
    },
    forget() {
      parsed = undefined;
    },
  };
}

const RESERVED = /^_jsonata_(?:lambda|function)$/;

/** @throws {NotJson} also for what jsonata would take for a function of its own */
function parse(text: string): unknown {
  try {
    if (!/_jsonata_|\\u00/i.test(text)) return JSON.parse(text);
    return JSON.parse(text, (key, value: unknown) => {
      if (RESERVED.test(key)) throw new NotJson(`cannot be evaluated on an event with a member ${key}`);
      return value;
    });
  } catch (error) {
    throw error instanceof NotJson ? error : new NotJson("cannot be evaluated on what is not JSON");
  }
}
