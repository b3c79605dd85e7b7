import { Counter, Histogram, type Registry } from "prom-client";
import type { Measures } from "#delivery/measures.ts";
import { addGauge } from "./registry.ts";

export interface Slots {
  readonly all: number;
  readonly inFlight: () => number;
}

/** Attempts, and how long they and their deliveries took. */
export function createWorkCounters(registry: Registry, slots: Slots): Pick<Measures, "sent" | "attempt"> {
  const registers = [registry];
  const attempts = new Counter({
    name: "posthorn_attempts_total",
    help: "Attempts by outcome, and by failure where they failed",
    labelNames: ["outcome", "failure"],
    registers,
  });
  const delay = new Histogram({
    name: "posthorn_delivery_delay_seconds",
    help: "From the moment at which a delivery was due to its request: the gateway's own delay",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    registers,
  });
  const seconds = new Histogram({
    name: "posthorn_attempt_seconds",
    help: "How long attempts took, from the request to the answer",
    labelNames: ["outcome"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
    registers,
  });
  addGauge(registry, {
    name: "posthorn_requests_in_flight",
    help: "Deliveries that have a slot of this deliverer now",
    read: slots.inFlight,
  });
  addGauge(registry, {
    name: "posthorn_slots",
    help: "Deliveries that may have one at once",
    read: () => slots.all,
  });
  attempts.inc({ outcome: "succeeded", failure: "" }, 0);
  return {
    sent: (delaySeconds) => delay.observe(Math.max(0, delaySeconds)),
    attempt(outcome, failure, took) {
      attempts.inc({ outcome, failure: failure ?? "" });
      seconds.observe({ outcome }, took);
    },
  };
}
