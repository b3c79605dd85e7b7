/** The bounds inside the evaluator process, and what keeps to them. */
import { findBadText } from "#domain/text.ts";

export const MAX_EXPRESSION_CHARACTERS = 8_192;
/** Nodes of one parsed expression: `??` and `?:` copy what stands left of them, so that a short text can make a very large tree. */
export const MAX_NODES = 20_000;
/** Of all regular expressions of one expression, compiled: `x{100}` has a hundred. They take 400 bytes and some microseconds each. */
export const MAX_INSTRUCTIONS = 5_000;
/** Of any text that an expression makes on the way to its result. */
export const MAX_TEXT_CHARACTERS = 1_048_576;
/** Elements of any list that an expression makes. */
export const MAX_SEQUENCE = 20_000;
/** Evaluations under way at once: the levels of a recursion, six or so for each, and the members of an object, which begin together. */
export const MAX_DEPTH = 5_000;
export const MAX_RESULT_DEPTH = 64;
const MAX_RESULT_VALUES = 100_000;

/** An expression asks for more than it may have. */
export class OverLimit extends Error {}
/** An expression has had its time. */
export class OverTime extends Error {}

const clock = { deadline: Infinity, steps: 0 };

/** From now on `spend` counts against this expression. Expressions are evaluated one after the other. */
export function startTime(timeoutMs: number): void {
  clock.deadline = performance.now() + timeoutMs;
  clock.steps = 0;
}

/** What comes now belongs to no expression. */
export function endTime(): void {
  clock.deadline = Infinity;
}

/** For loops that jsonata does not watch: looks at the clock every 256 steps. @throws {OverTime} */
export function spend(steps = 1): void {
  clock.steps += steps;
  if (clock.steps < 256) return;
  clock.steps = 0;
  if (performance.now() > clock.deadline) throw new OverTime();
}

/** @throws {OverLimit} */
export function boundText(length: number): void {
  if (length > MAX_TEXT_CHARACTERS) throw new OverLimit(`makes a text of more than ${MAX_TEXT_CHARACTERS} characters`);
}

/** @throws {OverLimit} */
export function boundSequence(length: number): void {
  if (length > MAX_SEQUENCE) throw new OverLimit(`makes a list of more than ${MAX_SEQUENCE} elements`);
}

export class NotJson extends Error {}

const plainStringify = JSON.stringify;

/** The JSON text of a result. @throws {NotJson, OverLimit} */
export function writeJson(value: unknown, maxBytes: number): string {
  measure(value, maxBytes, true);
  const text = plainStringify(value);
  if (Buffer.byteLength(text) > maxBytes) throw new OverLimit(`gives more than ${maxBytes} bytes`);
  if (findBadText(text) !== null) throw new NotJson("gives a text with a character that cannot be stored");
  return text;
}

/**
 * jsonata joins texts by `concat`, writes values, into texts and error messages alike, by `JSON.stringify`, and walks values (to compare
 * them, say) asking `Array.isArray` of each part; it has no bound for any of it, and a value whose parts are shared can be exponentially
 * large. This process runs nothing else: it bounds the three themselves.
 */
export function boundIntrinsics(): void {
  Reflect.defineProperty(String.prototype, "concat", { value: boundedConcat });
  Reflect.defineProperty(JSON, "stringify", { value: boundedStringify });
  Reflect.defineProperty(Array, "isArray", { value: boundedIsArray });
  Object.freeze(Object.prototype);
}

const plainIsArray: (value: unknown) => boolean = Array.isArray;

function boundedIsArray(value: unknown): boolean {
  spend();
  return plainIsArray(value);
}

function boundedConcat(this: string, ...parts: string[]): string {
  boundText(parts.reduce((length, part) => length + part.length, this.length));
  return parts.reduce((text, part) => text + part, this);
}

function boundedStringify(
  value: unknown,
  replacer?: (this: unknown, key: string, value: unknown) => unknown,
  space?: number,
): string {
  measure(value, MAX_TEXT_CHARACTERS, false);
  return plainStringify(value, replacer, space);
}

/** Refuses what would be too long or too deep, before it is written: a lower bound of its length, in one walk. */
function measure(root: unknown, maxLength: number, strict: boolean): void {
  let length = 0;
  let values = 0;
  const walk = (value: unknown, depth: number): void => {
    if (++values > MAX_RESULT_VALUES) throw new OverLimit(`gives more than ${MAX_RESULT_VALUES} values`);
    if (typeof value === "string") length += value.length + 2;
    else if (strict && typeof value === "number" && !Number.isFinite(value))
      throw new NotJson("gives a number that JSON does not have");
    else if (strict && isFunction(value)) throw new NotJson("gives a function");
    else length += 1;
    if (length > maxLength) throw new OverLimit(`gives more than ${maxLength} bytes`);
    if (typeof value !== "object" || value === null || isFunction(value)) return;
    if (depth === MAX_RESULT_DEPTH) throw new OverLimit(`gives more than ${MAX_RESULT_DEPTH} levels`);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) walk(value[i], depth + 1);
      return;
    }
    for (const [key, member] of Object.entries(value)) {
      length += key.length + 3;
      walk(member, depth + 1);
    }
  };
  walk(root, 0);
}

/** What jsonata takes for a function. */
export function isFunction(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "function";
  return Reflect.get(value, "_jsonata_function") === true || Reflect.get(value, "_jsonata_lambda") === true;
}
