/** What is asked of the evaluator, and what it answers. */

export interface Candidate {
  readonly filter: string | null;
  readonly transform: string | null;
  /** The JSON text of another event than the common one, such as a downgraded one. */
  readonly input?: string;
}

export type Decision =
  /** `failure`: why the filter could not be evaluated; null where it said no. */
  | { readonly matched: false; readonly failure: string | null }
  /** `body`: the JSON text that the transform gave; null where there is none. */
  | { readonly matched: true; readonly body: string | null }
  /** The transform failed. */
  | { readonly matched: true; readonly failure: string };

/** `result`: a JSON text, or "" where the expression gave nothing. `message`: short, fit for whoever wrote the expression. */
export type Evaluated =
  | { readonly ok: true; readonly result: string }
  | {
      readonly ok: false;
      /** `invalid`: it cannot be used at all; `limit`: it was too deep, too long or too large; `failed`: it went wrong on this input. */
      readonly reason: "invalid" | "timeout" | "limit" | "failed";
      readonly message: string;
    };

export interface EvaluatorLimits {
  /** For one expression on one event. An event's expressions together may take ten times as long. */
  readonly timeoutMs: number;
  /** Of a result, as a JSON text in UTF-8. */
  readonly maxOutputBytes: number;
}
