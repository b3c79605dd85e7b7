import type { Rig } from "../rig/rig.ts";
import { type Finding, whole } from "./finding.ts";

const askedBytes = 300e6;

/** The most memory that any deliverer of the run had, whatever it was measured for; undefined where none ran. */
export function memoryFinding({ deliverers }: Rig): Finding | undefined {
  const peaks = deliverers.map(({ name, service }) => ({ name, peakBytes: service.peakBytes() }));
  const worst = peaks.toSorted((a, b) => b.peakBytes - a.peakBytes)[0];
  if (worst === undefined) return undefined;
  return {
    figure: "deliverer's resident memory, any of the above, peak",
    measured: `${whole(worst.peakBytes / 1e6)} MB (${worst.name})`,
    asked: `≤ ${askedBytes / 1e6} MB`,
    met: worst.peakBytes <= askedBytes,
    numbers: { peakBytes: worst.peakBytes, ofEach: peaks },
  };
}
