/** Seconds after the previous attempt. */
export const DEFAULT_RETRY_SCHEDULE: readonly number[] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** An empty schedule is allowed: one attempt, no retries. */
export const RETRY_SCHEDULE_MAX_ENTRIES = 20;
export const RETRY_DELAY_MIN_SECONDS = 1;
export const RETRY_DELAY_MAX_SECONDS = 604_800;

/** How far a receiver's Retry-After may push a retry beyond its schedule. */
export const RETRY_AFTER_EXTRA_MS = 3_600_000;

/** Share of the delay that chance may add. Nothing is ever taken off: a retry is never early. */
export const JITTER_SHARE = 0.2;

export interface NextDelayInput {
  /** Seconds after the previous attempt, one entry per retry. */
  schedule: readonly number[];
  /** The number of the attempt that has just failed, from 1. */
  attempt: number;
  /** Chance, 0 to 1. */
  random: number;
  /** What the receiver asked for, as `parseRetryAfter` gives it. */
  retryAfterMs?: number | undefined;
}

/** Milliseconds until the next attempt, or null when the schedule is exhausted. */
export function nextDelayMs({ schedule, attempt, random, retryAfterMs }: NextDelayInput): number | null {
  const seconds = schedule[attempt - 1];
  if (seconds === undefined) return null;
  const scheduledMs = seconds * 1000;
  const delayMs = Math.ceil(scheduledMs * (1 + JITTER_SHARE * random));
  const floorMs = Math.min(retryAfterMs ?? 0, scheduledMs + RETRY_AFTER_EXTRA_MS);
  return Math.max(delayMs, floorMs);
}

/** What is wrong with a retry schedule, as a sentence without a subject, or null. */
export function checkRetrySchedule(schedule: readonly number[]): string | null {
  if (schedule.length > RETRY_SCHEDULE_MAX_ENTRIES) return `has more than ${RETRY_SCHEDULE_MAX_ENTRIES} entries`;
  const bad = schedule.find((s) => !Number.isInteger(s) || s < RETRY_DELAY_MIN_SECONDS || s > RETRY_DELAY_MAX_SECONDS);
  if (bad === undefined) return null;
  return `has the entry ${bad}: each must be whole seconds from ${RETRY_DELAY_MIN_SECONDS} to ${RETRY_DELAY_MAX_SECONDS}`;
}

const RETRY_AFTER_MAX_MS = RETRY_DELAY_MAX_SECONDS * 1000;

/**
 * Milliseconds a Retry-After header asks for (RFC 9110 section 10.2.3): delay seconds or an HTTP date.
 * A date in the past gives 0, a huge value a week, and anything unreadable undefined.
 */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_MAX_MS);
  const atMs = parseHttpDate(text, nowMs);
  if (atMs === null) return undefined;
  return Math.min(Math.max(0, atMs - nowMs), RETRY_AFTER_MAX_MS);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
const MONTH = `(?<month>${MONTHS.join("|")})`;
/** RFC 9110 section 5.6.7: IMF-fixdate, and the two obsolete forms that recipients must accept. */
const HTTP_DATES = [
  new RegExp(String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of HTTP_DATES) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const { day = "", month = "", year = "", hour = "", minute = "", second = "" } = parts;
    const date = { month: MONTHS.indexOf(month), day: Number(day) };
    const time = { hour: Number(hour), minute: Number(minute), second: Number(second) };
    if (time.hour > 23 || time.minute > 59 || time.second > 60) return null;
    const fullYear = year.length === 2 ? expandYear(Number(year), nowMs) : Number(year);
    const midnightMs = Date.UTC(fullYear, date.month, date.day);
    // Date.UTC rolls 31 Feb over into March.
    if (new Date(midnightMs).getUTCDate() !== date.day) return null;
    return midnightMs + ((time.hour * 60 + time.minute) * 60 + time.second) * 1000;
  }
  return null;
}

/** A two-digit year more than 50 years ahead means the past century (RFC 9110 section 5.6.7). */
function expandYear(twoDigits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}
