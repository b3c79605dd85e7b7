import { describeFaults } from "../harness/describe.ts";
import { late, redirects } from "./answering.ts";
import { asking, gone, yearlong } from "./busy.ts";

const dateIn = (nowMs: number, seconds: number): string => new Date(nowMs + seconds * 1000).toUTCString();

describeFaults("receivers", [
  { name: "A receiver redirects to an address on loopback", fast: true, run: redirects },
  { name: "A receiver answers 200 after the timeout", fast: true, run: late },
  asking({ name: "A receiver answers 429, Retry-After: 4", fast: true, retryAfter: () => "4", leastMs: 4000 }),
  // A date has no parts of a second: up to one less.
  asking({
    name: "A receiver answers 429, Retry-After: the date in 5 s",
    retryAfter: (nowMs) => dateIn(nowMs, 5),
    leastMs: 4000,
  }),
  asking({
    name: "A receiver answers 429, Retry-After: yesterday",
    retryAfter: (nowMs) => dateIn(nowMs, -86_400),
    leastMs: 0,
  }),
  { name: "A receiver answers 429, Retry-After: a year", run: yearlong },
  { name: "A receiver answers 410", run: gone },
]);
