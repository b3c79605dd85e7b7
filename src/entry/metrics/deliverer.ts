import type { Registry } from "prom-client";
import type { Measures } from "#delivery/measures.ts";
import { createCensusGauges } from "./census.ts";
import { createLoopGauges } from "./loops.ts";
import { createWorkCounters, type Slots } from "./work.ts";

/** What a deliverer counts, in the registry that it shows. */
export function createDelivererMetrics(registry: Registry, slots: Slots): Measures {
  return { ...createWorkCounters(registry, slots), ...createLoopGauges(registry), ...createCensusGauges(registry) };
}
