/**
 * What the deliverer and its evaluator process say to each other: one JSON document a line, requests on the process's standard input,
 * answers, in the order of the requests, on its standard output. Before the first answer the process says `ready`.
 */
import type { Decision, Evaluated, EvaluatorLimits } from "./terms.ts";

export type Request = DecideRequest | EvaluateRequest | CheckRequest;

export interface DecideRequest {
  readonly kind: "decide";
  /** JSON texts. */
  readonly inputs: readonly string[];
  /** Expressions, each of them once. */
  readonly texts: readonly string[];
  readonly units: readonly Unit[];
}

/** Indexes into `texts` and `inputs`; -1: no such expression. */
export type Unit = readonly [filter: number, transform: number, input: number];

export interface EvaluateRequest {
  readonly kind: "evaluate";
  readonly text: string;
  readonly input: string;
}

export interface CheckRequest {
  readonly kind: "check";
  readonly text: string;
}

export interface Answers {
  readonly decide: readonly Decision[];
  readonly evaluate: Evaluated;
  readonly check: string | null;
}

export const READY = "ready";

/** The limits travel as the process's arguments. */
export function limitArguments(limits: EvaluatorLimits): string[] {
  return [String(limits.timeoutMs), String(limits.maxOutputBytes)];
}

export function limitsOf(args: readonly string[]): EvaluatorLimits {
  return { timeoutMs: Number(args[0]), maxOutputBytes: Number(args[1]) };
}

/** How long all expressions of one event may take together. */
export function budgetMs(limits: EvaluatorLimits, candidates: number): number {
  return 10 * limits.timeoutMs + candidates;
}
