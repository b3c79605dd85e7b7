import { setFlagsFromString } from "node:v8";

/**
 * Bounds by how much of what was in use after one collection V8's old space may grow until the next. By itself that is several times as much:
 * requests that waited a second or two are old when they are done, and of an API in a flood 350 of 448 MB were garbage
 * (docs/decisions/0024-collecting-sooner.md). V8 looks at the flag at each collection, so it may be set in a process that runs; NODE_OPTIONS
 * does not take it.
 */
export function collectSooner({ growthPercent }: { readonly growthPercent: number }): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
