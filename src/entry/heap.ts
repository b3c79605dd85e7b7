import { getHeapStatistics, setFlagsFromString } from "node:v8";

/** By how much of what was in use after one collection the old space may grow until the next: of a small heap, and of a large one. */
const GROWTH_PERCENT = { small: 100, large: 25 };
const LARGE_BYTES = 134_217_728;
const LOOK_EVERY_MS = 100;
/** A heap that may be no larger than this is bounded on purpose, and V8 has steps of its own for it: with ours it came to 434 MB in place of 344. */
const BOUNDED_BYTES = 1_073_741_824;

/**
 * Has V8 collect the old space sooner than it would by itself, which lets it grow to several times what is in use: requests that waited a
 * second or two are old when they are done, and of an API in a flood 350 of 448 MB were garbage (docs/decisions/0024-collecting-sooner.md). V8
 * looks at the flag at each collection, so it may be set in a process that runs; NODE_OPTIONS does not take it.
 */
export function collectSooner(): void {
  if (getHeapStatistics().heap_size_limit < BOUNDED_BYTES) return;
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
}

function look(): void {
  const { small, large } = GROWTH_PERCENT;
  setFlagsFromString(`--heap-growing-percent=${getHeapStatistics().used_heap_size > LARGE_BYTES ? large : small}`);
}
