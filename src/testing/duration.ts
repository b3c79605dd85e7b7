/** A length of time; its parts are added up. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

/**
 * In milliseconds.
 * @throws {RangeError} for less than nothing: time that has passed stays so
 */
export function milliseconds({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration): number {
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  if (!(ms >= 0 && ms <= longestMs)) throw new RangeError("the clock moves forward, by ten years at most at once");
  return ms;
}

const longestMs = 3650 * 86_400_000;
