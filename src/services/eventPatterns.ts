import { parsePattern } from "#domain/patterns.ts";
import { Problem, type Fault } from "#domain/problems.ts";

/** A subscription's patterns as written, and as the fan-out reads them. */
export interface Patterns {
  readonly eventTypes: readonly string[];
  readonly exactTypes: readonly string[];
  readonly prefixes: readonly string[];
}

/** Types that no catalog has yet are fine: they may come. @throws {Problem} invalidRequest, with the place of each fault */
export function readPatterns(eventTypes: readonly string[]): Patterns {
  const faults: Fault[] = [];
  const exactTypes = new Set<string>();
  const prefixes = new Set<string>();
  for (const [index, text] of eventTypes.entries()) {
    const parsed = parsePattern(text);
    if (!parsed.ok) faults.push({ pointer: `/eventTypes/${index}`, detail: parsed.reason });
    else if ("exact" in parsed.pattern) exactTypes.add(parsed.pattern.exact);
    else prefixes.add(parsed.pattern.prefix);
  }
  if (faults.length > 0) {
    const detail = "An event type must be a name, a prefix that ends in *, or * alone.";
    throw new Problem("invalidRequest", detail, faults.slice(0, 20));
  }
  return { eventTypes, exactTypes: [...exactTypes], prefixes: [...prefixes] };
}
