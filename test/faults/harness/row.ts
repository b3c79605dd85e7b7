/** A row of the table. */
export interface FaultRow {
  readonly group: string;
  readonly scenario: string;
  /** Absent where the scenario did not come so far. */
  readonly figures?: Figures;
  readonly remarks: readonly string[];
  /** What is wrong, as sentences; none: the row is green. */
  readonly wrong: readonly string[];
}

export interface Figures {
  /** Events. */
  readonly acknowledged: number;
  /** Deliveries of them that neither arrived nor failed visibly. */
  readonly lost: number;
  /** Requests accepted beyond the first of a delivery. */
  readonly twice: number;
  /** The longest that something waited after the fault had ended, or after it was due if that was later. */
  readonly longestStuckMs: number;
  /** From the end of the fault until everything acknowledged before it had arrived, and a new event as well. */
  readonly recoveredMs: number;
}

declare module "vitest" {
  interface TaskMeta {
    faultRow?: FaultRow;
  }
  interface ProvidedContext {
    /** Which scenarios are registered. */
    faults: "all" | "fast";
  }
}
