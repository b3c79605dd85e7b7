import { setTimeout as delay } from "node:timers/promises";
import type { Closing } from "./books.ts";
import { openWork, type OpenWork } from "./database.ts";

/** Nothing waits longer than this after a fault has ended, or after it was due. */
const stuckAtMostMs = 30_000;

/**
 * Until nothing is left to do; or until what is left ought to have been done `lookMs` ago.
 * @returns what is left over, as a sentence
 */
export async function waitForTheWork(url: string, faultEnded: number, lookMs: number): Promise<string[]> {
  const begun = Math.max(Date.now(), faultEnded);
  for (;;) {
    const work = await openWork(url);
    const left = leftOver(work);
    if (left.length === 0 || Date.now() > Math.max(begun, work.due_ms) + lookMs) return left;
    await delay(200);
  }
}

/** Nothing, or one sentence that has it all. */
function leftOver({ queued, scheduled, held, to_fan_out, jobs }: OpenWork): string[] {
  const kinds = [
    ["deliveries queued", queued],
    ["deliveries scheduled", scheduled],
    ["deliveries held", held],
    ["events to fan out", to_fan_out],
    ["jobs", jobs],
  ] as const;
  const left = kinds.filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
  return left.length === 0 ? [] : [`left over are ${left.join(", ")}`];
}

/** What is wrong with the closed books, as sentences. */
export function mistakes(closing: Closing, nothingTwice: boolean): string[] {
  const { acknowledged, lost, twice, longestStuckMs, recoveredMs, wrong } = closing;
  const found = [...lost.map((what) => `lost: ${what}`), ...wrong];
  if (acknowledged === 0) found.push("nothing was acknowledged: this shows nothing");
  if (longestStuckMs > stuckAtMostMs) found.push(`something was stuck for ${inSeconds(longestStuckMs)}`);
  // What was held in its lane is due only when it is let go: no wait of its own, but the fault was not over for it.
  if (recoveredMs > stuckAtMostMs) found.push(`not recovered until ${inSeconds(recoveredMs)} after the fault`);
  if (nothingTwice && twice > 0) found.push(`${twice} delivered twice, where nothing may be`);
  return found;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
