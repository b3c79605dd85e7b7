import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { z } from "zod";
import { monotonicMs } from "../clock.ts";
import { endGateway } from "../profile.ts";
import { query } from "../rig/database.ts";
import { dayAgo, fillDays } from "../rig/days.ts";
import type { Gateway } from "../rig/gateway.ts";
import { rest } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { describeLive, isCarried, leastSamples, type Live, liveDuring, type LiveSample } from "./live.ts";

const askedRatio = 2;
const ratePerSecond = 500;
/** Around the drop: as many samples as a p99 needs. */
const aroundMs = (leastSamples * 1000) / ratePerSecond;
const beforeMs = 1_000;
const warmUpMs = 6_000;
const droppedWithinMs = 240_000;
const daysAgo = 10;

/** Publishing one by one while retention drops a day, and the rest of the same time. */
export async function measureRetention(measuring: Measuring): Promise<Finding> {
  const { rig, amounts, say } = measuring;
  const gateway = await rig.startGateway("retention");
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const maker = await rig.startDelivering(gateway);
    const waiting = gateway.endpoints.at(-1);
    if (waiting === undefined) throw new Error("there are no endpoints");
    const day = dayAgo(daysAgo);
    await fillDays(gateway.databaseUrl, [day], amounts.droppedRows);
    // One delivery of the day that still waits keeps it until it is canceled.
    const keeper = `/v1/tenants/${waiting.tenant}/deliveries/${await oldestDelivery(gateway, waiting.tenant)}`;
    await gateway.call("POST", `${waiting.path}/pause`);
    await gateway.call("POST", `${keeper}/redeliver`);
    await maker.stop();
    await rest(gateway);
    gateway.startDeliverer({ POSTHORN_RETENTION_DAYS: "1" });
    const tenants = gateway.target.tenants.filter((tenant) => tenant !== waiting.tenant);
    const live: Live = { ...measuring, gateway, tenants, ratePerSecond };
    work.fromMs = monotonicMs();
    let dropped: Span = { fromMs: 0, toMs: 0 };
    const samples = await liveDuring(live, async () => {
      await delay(warmUpMs + amounts.liveMs);
      await gateway.call("POST", `${keeper}/cancel`);
      dropped = await watchDrop(gateway, day);
      await delay(aroundMs);
    });
    work.toMs = monotonicMs();
    work.events = samples.length;
    const finding = toFinding(samples, dropped, amounts.droppedRows);
    say(`retention: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "retention", work);
  }
}

async function oldestDelivery({ databaseUrl }: Gateway, tenant: string): Promise<string> {
  const oldest =
    "select posthorn.type_id('dlv', id) as id from posthorn.deliveries where tenant_id = $1 order by posthorn.deliveries.id limit 1";
  return z.object({ id: z.string() }).parse((await query(databaseUrl, oldest, [tenant]))[0]).id;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the last look at which all of the day's partitions were attached to the first at which none is there. */
async function watchDrop({ databaseUrl }: Gateway, day: string): Promise<Span> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const deadline = monotonicMs() + droppedWithinMs;
    for (let fromMs = monotonicMs(); monotonicMs() < deadline; await delay(10)) {
      const lookedAtMs = monotonicMs();
      const { rows } = await client.query<{ tables: string; attached: string }>(
        `select count(*) as tables, count(*) filter (where not i.inhdetachpending) as attached
         from pg_class c left join pg_inherits i on i.inhrelid = c.oid
         where c.relnamespace = 'posthorn'::regnamespace and c.relkind = 'r' and c.relname ~ $1`,
        [`^(events|deliveries|attempts)_${day.replaceAll("-", "")}$`],
      );
      if (Number(rows[0]?.attached) === 3) fromMs = lookedAtMs;
      if (Number(rows[0]?.tables) === 0) return { fromMs, toMs: monotonicMs() };
    }
  } finally {
    await client.end();
  }
  throw new Error(`The day was not dropped within ${droppedWithinMs / 1000} s.`);
}

function toFinding(samples: readonly LiveSample[], { fromMs, toMs }: Span, rows: number): Finding {
  const firstMs = Math.min(...samples.map(({ sentAtMs }) => sentAtMs)) + warmUpMs;
  const windowFromMs = fromMs - beforeMs;
  const windowToMs = Math.max(toMs, windowFromMs + aroundMs);
  const isWithin = ({ sentAtMs }: LiveSample): boolean => sentAtMs >= windowFromMs && sentAtMs < windowToMs;
  const beside = describeLive(samples.filter(isWithin), "toAnswerMs");
  const without = describeLive(
    samples.filter((sample) => sample.sentAtMs >= firstMs && sample.sentAtMs < windowFromMs),
    "toAnswerMs",
  );
  const during = samples.filter(({ sentAtMs, toAnswerMs }) => sentAtMs + toAnswerMs >= fromMs && sentAtMs <= toMs);
  const ratio = beside.p99Ms / without.p99Ms;
  return {
    figure: `p99 of publishing while a day of ${whole(rows)} is dropped ÷ without, ${ratePerSecond}/s`,
    measured: `${ratio.toFixed(2)} (${beside.p99Ms.toFixed(1)} ms ÷ ${without.p99Ms.toFixed(1)} ms; dropped in ${whole(toMs - fromMs)} ms)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio && isCarried(without),
    numbers: { ratio, beside, without, droppedInMs: toMs - fromMs, whileDropping: describeLive(during, "toAnswerMs") },
  };
}
