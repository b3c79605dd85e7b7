import type { z } from "zod";
import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages } from "../messages.ts";
import { percentile } from "../statistics.ts";
import { endGateway } from "../profile.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const kinds = {
  batch: { figure: "batch publish, 100 a request, 1 KiB, events/s", connections: 4, perRequest: 100, asked: 20_000 },
  single: { figure: "single publish, 64 connections, events/s", connections: 64, perRequest: 1, asked: 4000 },
} as const;

type Answer = z.infer<(typeof loadMessages.closed)["output"]>;

/** Publishing alone: each event is committed with its delivery and its job, and no deliverer runs. */
export async function measurePublish(measuring: Measuring, kind: keyof typeof kinds): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const { connections, perRequest } = kinds[kind];
  const gateway = await rig.startGateway(kind);
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const times = { warmUpMs: amounts.warmUpMs, measureMs: amounts.publishMs };
    const loop = { ...gateway.target, ...times, connections, perRequest };
    work.fromMs = monotonicMs();
    const cpu = watchCpu({ ...rig.processes, api: gateway.api.pid });
    const answer = await rig.load.call(loadMessages.closed, loop);
    work.toMs = monotonicMs();
    work.events = answer.acceptedInAll;
    const cpuMicrosPerEvent = cpu(work.events);
    if (answer.failed > 0) say(`${answer.failed} events were not accepted, the first: ${answer.firstFailure}`);
    const finding = toFinding(kind, answer);
    say(`${kind} publish: ${finding.measured}`);
    return { ...finding, numbers: { ...finding.numbers, cpuMicrosPerEvent } };
  } finally {
    await endGateway(measuring, gateway, kind, work);
  }
}

function toFinding(kind: keyof typeof kinds, answer: Answer): Finding {
  const { figure, connections, perRequest, asked } = kinds[kind];
  const { accepted, seconds, failed, firstFailure, latenciesMs } = answer;
  const perSecond = accepted / seconds;
  const [p50Ms, p99Ms] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)];
  return {
    figure,
    measured: `${whole(perSecond)}/s (a request: p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)} ms)`,
    asked: `≥ ${whole(asked)}`,
    met: perSecond >= asked && failed === 0,
    numbers: { perSecond, accepted, seconds, connections, perRequest, failed, firstFailure, p50Ms, p99Ms },
  };
}
