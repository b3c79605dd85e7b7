import jsonata from "jsonata";
import { LRUCache } from "lru-cache";
import { MAX_DEPTH, MAX_EXPRESSION_CHARACTERS, MAX_SEQUENCE, OverLimit } from "./bounds.ts";
import { functions, internals, refusedNames } from "./functions.ts";
import { inspect } from "./inspect.ts";
import { failureOf, fault, type Failure } from "./messages.ts";
import { LinearRegExp } from "./regex.ts";

export interface Compiled {
  readonly ok: true;
  /** Whether the input is as it was afterwards. */
  readonly pure: boolean;
  readonly nodes: number;
  readonly instructions: number;
  evaluate(input: unknown): Promise<unknown>;
}

/** Of all expressions that are kept, as `sizeOf` has it: a third of the heap, some 2,000 filters. */
const KEPT_BYTES = 32_000_000;

/** Compiles expressions and keeps those used last: compiling takes ten times as long as evaluating. */
export function createCompiler(timeoutMs: number): (text: string) => Compiled | Failure {
  const kept = new LRUCache<string, Compiled | Failure>({ maxSize: KEPT_BYTES, sizeCalculation: sizeOf });
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const compiled = compile(text, timeoutMs);
    kept.set(text, compiled);
    return compiled;
  };
}

/** As measured: jsonata builds texts character by character, and keeps all the pieces. */
function sizeOf(compiled: Compiled | Failure, text: string): number {
  if (!compiled.ok) return 1_000 + 2 * text.length;
  return 16_000 + 35 * text.length + 150 * compiled.nodes + 400 * compiled.instructions;
}

function compile(text: string, timeoutMs: number): Compiled | Failure {
  if (text.length > MAX_EXPRESSION_CHARACTERS)
    return fault("invalid", `has more than ${MAX_EXPRESSION_CHARACTERS} characters`);
  try {
    const expression = jsonata(text, {
      timeout: timeoutMs,
      stack: MAX_DEPTH,
      sequence: MAX_SEQUENCE,
      RegexEngine: asRegExp(LinearRegExp),
    });
    const found = inspect(expression.ast());
    if (found.fault !== null) return fault("invalid", found.fault.message, found.fault);
    // Whatever a name may come from, these are not there.
    for (const name of refusedNames) expression.assign(name, undefined);
    const { pure, nodes, instructions, calls } = found;
    const evaluate = (input: unknown): Promise<unknown> => expression.evaluate(input, fresh(calls));
    return { ok: true, pure, nodes, instructions, evaluate };
  } catch (error) {
    // `??` and `?:` copy what stands left of them.
    if (error instanceof OverLimit || error instanceof RangeError)
      return fault("invalid", "is nested too deeply, or has too many parts");
    return { ...failureOf(error), reason: "invalid" };
  }
}

/**
 * Copies of the functions for one evaluation: the transform operator can change whatever its pattern finds, a function too, and jsonata
 * shares its own among all expressions.
 */
function fresh(names: ReadonlySet<string>): Record<string, unknown> {
  const bindings: Record<string, unknown> = { __proto__: null };
  for (const name of names) bindings[name] = { ...(internals.get(name) ?? functions.get(name)) };
  return bindings;
}

/** jsonata's types ask for the constructor of RegExp; it uses `lastIndex` and `exec` alone. */
function asRegExp(engine: typeof LinearRegExp): RegExpConstructor {
  const given: unknown = engine;
  if (!isRegExpConstructor(given)) throw new TypeError("not a constructor");
  return given;
}

function isRegExpConstructor(value: unknown): value is RegExpConstructor {
  return typeof value === "function";
}
