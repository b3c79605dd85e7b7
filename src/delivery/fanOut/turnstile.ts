import { LRUCache } from "lru-cache";

/** How many of a tenant's events are evaluated at once: more would only wait in another place. */
const atOnce = 16;
/** An event waits for its tenant's turn no longer than this: it holds one of the process's job slots meanwhile. */
const maxWaitMs = 1_000;
/** Sooner would be asking all the time; later, a tenant whose expressions have become fast would wait for nothing. */
const awayMs = { least: 250, most: 5_000 };
const maxTenants = 10_000;

interface Line {
  inside: number;
  readonly waiting: Set<(admitted: boolean) => void>;
  /** When the last one left, or the first one entered. */
  sinceMs: number;
  /** From one leaving to the next, smoothed; 0: not known yet. */
  serviceMs: number;
  /** When the one that was sent away last would have its turn. */
  horizonMs: number;
}

/**
 * Lets nobody's slow expressions take all job slots: events of a tenant whose turn would come later than in a second are sent away until
 * about their turn. One delay for all of them would leave the evaluator idle: a backlog took twice as long.
 */
export class Turnstile {
  readonly #lines = new LRUCache<string, Line>({ max: maxTenants });

  /** Null: the tenant's event may be evaluated now, and must `leave`. Else in how many milliseconds it should come again. */
  async enter(tenantId: string): Promise<number | null> {
    const line = this.#lineOf(tenantId);
    if (line.inside < atOnce) {
      if (line.inside++ === 0) line.sinceMs = performance.now();
      return null;
    }
    if (line.serviceMs * line.waiting.size > maxWaitMs) return sendAway(line);
    return new Promise((resolve) => {
      const answer = (admitted: boolean): void => {
        clearTimeout(timer);
        line.waiting.delete(answer);
        resolve(admitted ? null : sendAway(line));
      };
      const timer = setTimeout(answer, maxWaitMs, false);
      line.waiting.add(answer);
    });
  }

  leave(tenantId: string): void {
    const line = this.#lineOf(tenantId);
    const nowMs = performance.now();
    const tookMs = nowMs - line.sinceMs;
    line.serviceMs = line.serviceMs === 0 ? tookMs : line.serviceMs * 0.8 + tookMs * 0.2;
    line.sinceMs = nowMs;
    const [next] = line.waiting;
    if (next === undefined) line.inside--;
    else next(true);
  }

  #lineOf(tenantId: string): Line {
    const known = this.#lines.get(tenantId);
    if (known !== undefined) return known;
    const line: Line = { inside: 0, waiting: new Set(), sinceMs: 0, serviceMs: 0, horizonMs: 0 };
    this.#lines.set(tenantId, line);
    return line;
  }
}

/** Behind those that wait and those that were sent away before. */
function sendAway(line: Line): number {
  const nowMs = performance.now();
  const turnMs = Math.max(line.horizonMs, nowMs + line.serviceMs * line.waiting.size) + line.serviceMs;
  line.horizonMs = Math.min(turnMs, nowMs + awayMs.most);
  return Math.max(awayMs.least, Math.round(line.horizonMs - nowMs));
}
