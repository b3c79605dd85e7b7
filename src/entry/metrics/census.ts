import { Gauge, type Registry } from "prom-client";
import type { Measures } from "#delivery/measures.ts";

/** Where a delivery may wait. Each is shown always: what is absent from a count is none. */
const states = [
  "queued",
  "scheduled",
  "paused",
  "disabled",
  "failing",
  "slow",
  "throttled",
  "ordered",
  "poll",
  "open",
  "deleted",
] as const;

/** What waits, as it was last counted by some deliverer for all of them. */
export function createCensusGauges(registry: Registry): Pick<Measures, "counted"> {
  const registers = [registry];
  const waiting = new Gauge({
    name: "posthorn_waiting_deliveries",
    help: "Deliveries that wait, by where: queued, scheduled, or held by their lane, for its reason",
    labelNames: ["state"],
    registers,
  });
  const oldest = new Gauge({
    name: "posthorn_waiting_oldest_seconds",
    help: "queued, scheduled: how long the first has been due; else how long ago the oldest was made",
    labelNames: ["state"],
    registers,
  });
  const fanOut = new Gauge({
    name: "posthorn_events_to_fan_out",
    help: "Events whose deliveries are still to be made",
    registers,
  });
  const fanOutOldest = new Gauge({
    name: "posthorn_events_to_fan_out_oldest_seconds",
    help: "How long ago the oldest of them was accepted",
    registers,
  });
  const replays = new Gauge({
    name: "posthorn_replays",
    help: "Replays that are running, or waiting for one of the same endpoint",
    labelNames: ["status"],
    registers,
  });
  const taken = new Gauge({
    name: "posthorn_census_timestamp_seconds",
    help: "When what waits was last counted",
    registers,
  });
  return {
    counted(census) {
      for (const state of states) {
        waiting.set({ state }, census.waiting[state]?.count ?? 0);
        oldest.set({ state }, census.waiting[state]?.oldestSeconds ?? 0);
      }
      fanOut.set(census.waiting["fanOut"]?.count ?? 0);
      fanOutOldest.set(census.waiting["fanOut"]?.oldestSeconds ?? 0);
      for (const status of ["running", "waiting"]) replays.set({ status }, census.replays[status] ?? 0);
      if (census.taken_at !== null) taken.set(census.taken_at);
    },
  };
}
