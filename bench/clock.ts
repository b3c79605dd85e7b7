/** Milliseconds of the machine's monotonic clock: the same in all processes, and untouched when somebody sets the time. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
