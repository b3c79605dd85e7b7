import { monotonicMs } from "../clock.ts";
import { watchCpu } from "../cpu.ts";
import { loadMessages, receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { query, queryNumber, untilNumber } from "../rig/database.ts";
import { dayAgo, fillDays } from "../rig/days.ts";
import type { Gateway } from "../rig/gateway.ts";
import { mean } from "../statistics.ts";
import { fill, untilSettled } from "./backlog.ts";
import { type Finding, type Measuring, type Work, whole } from "./finding.ts";

const askedRatio = 1.2;
/** As long as events are kept by default, today included. */
const days = 30;
const rounds = 2;
/** Of live traffic: less than two cores carry, so that what is done each second whether anything comes or not counts too. */
const ratePerSecond = 800;
const kinds = ["drain", "live"] as const;
type Kind = (typeof kinds)[number];

/** µs of processor time for a delivery, by process; and of all that is the gateway's. */
type Cost = Readonly<Record<string, number>>;

interface Aged {
  readonly name: string;
  readonly gateway: Gateway;
  readonly work: Work;
  readonly costs: Record<Kind, Cost[]>;
}

/** What a delivery costs in a database with much history, and in one with little; both are there at once, and take turns. */
export async function measureHistory(measuring: Measuring): Promise<Finding> {
  const { amounts, say } = measuring;
  const aged: Aged[] = [];
  try {
    for (const size of ["small", "large"] as const) {
      const name = `history${size === "small" ? "Small" : "Large"}`;
      const gateway = await measuring.rig.startGateway(name);
      const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
      aged.push({ name, gateway, work, costs: { drain: [], live: [] } });
      await age(measuring, gateway, amounts.history[size]);
    }
    for (let round = 1; round <= rounds; round++) {
      // In turn, and the other way round: what the machine does besides comes and goes.
      for (const one of round % 2 === 1 ? aged : aged.toReversed()) {
        const { drain, live } = await deliver(measuring, one);
        one.costs.drain.push(drain);
        one.costs.live.push(live);
        say(`${one.name}, µs a delivery: drain ${shown(drain)}; live ${shown(live)}`);
      }
    }
    return await toFinding(measuring, aged);
  } finally {
    for (const { gateway, name, work } of aged) await endGateway(measuring, gateway, name, work);
  }
}

// As life leaves it: spread over the days, and looked through by autovacuum, which never looks at the partitioned tables themselves.
async function age({ rig, say }: Measuring, gateway: Gateway, rows: number): Promise<void> {
  const maker = await rig.startDelivering(gateway);
  await untilSettled(gateway);
  await maker.stop();
  const startMs = monotonicMs();
  const { databaseUrl } = gateway;
  const dates = Array.from({ length: days }, (_, n) => dayAgo(days - 1 - n));
  await fillDays(databaseUrl, dates, Math.round(rows / days), say);
  const [row] = await query(
    databaseUrl,
    `select string_agg(c.oid::regclass::text, ', ') as tables from pg_class c
     where c.relkind = 'r' and c.relnamespace in ('posthorn'::regnamespace, 'graphile_worker'::regnamespace)`,
  );
  await query(databaseUrl, `vacuum (analyze) ${String(row?.["tables"])}`);
  await query(databaseUrl, "checkpoint");
  // What it had begun before: of 20 GB that were just written it would read and write in the middle of what is measured.
  const vacuuming = "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker'";
  await untilNumber(databaseUrl, vacuuming, (count) => count === 0);
  const bytes = await queryNumber(databaseUrl, "select pg_database_size(current_database())");
  say(
    `${whole(rows)} deliveries of history: ${whole(bytes / 1e6)} MB, made in ${whole((monotonicMs() - startMs) / 1000)} s`,
  );
}

async function deliver({ rig, amounts, say }: Measuring, { gateway, work }: Aged): Promise<Record<Kind, Cost>> {
  const events = amounts.historyEvents;
  await fill(rig, gateway.target, events);
  await rig.receiver.call(receiverMessages.reset, null);
  const deliverer = gateway.startDeliverer();
  const watched = { ...rig.processes, api: gateway.api.pid, deliverer: deliverer.pid };
  // Starting up is not part of what a delivery costs.
  const { distinct } = await rig.untilArrived(1, deliverer);
  const ofDrain = watchCpu(watched);
  await rig.untilArrived(events, deliverer);
  await untilSettled(gateway);
  const drain = inAll(ofDrain(events - distinct));
  await rig.receiver.call(receiverMessages.reset, null);
  const ofLive = watchCpu(watched);
  const loop = { ...gateway.target, connections: 64, ratePerSecond, durationMs: (events / ratePerSecond) * 1000 };
  const { failed, firstFailure } = await rig.load.call(loadMessages.open, { ...loop, keepTimes: false });
  if (failed > 0) say(`${failed} live events were not accepted, the first: ${firstFailure}`);
  await rig.untilArrived(events - failed, deliverer);
  await untilSettled(gateway);
  const live = inAll(ofLive(events - failed));
  work.events += 2 * events - failed;
  work.toMs = monotonicMs();
  await deliverer.stop();
  return { drain, live };
}

function inAll(cost: Cost): Cost {
  const { api = 0, deliverer = 0, postgres = 0 } = cost;
  return { ...cost, gateway: api + deliverer + postgres };
}

async function toFinding({ amounts }: Measuring, aged: readonly Aged[]): Promise<Finding> {
  const [small, large] = aged.map(({ costs }) => ({ drain: meanCost(costs.drain), live: meanCost(costs.live) }));
  const gatewayOf = (kind: Kind) => [small?.[kind]["gateway"] ?? 0, large?.[kind]["gateway"] ?? 0] as const;
  const ratioOf = (kind: Kind): number => gatewayOf(kind)[1] / gatewayOf(kind)[0];
  const described = kinds.map((kind) => {
    const [less, more] = gatewayOf(kind).map(whole);
    return `${kind} ${ratioOf(kind).toFixed(2)} (${more} ÷ ${less} µs)`;
  });
  const ratio = Math.max(...kinds.map(ratioOf));
  const databases = await Promise.all(aged.map(describe));
  return {
    figure: `CPU per delivery at ${whole(amounts.history.large)} deliveries of history ÷ at ${whole(amounts.history.small)}`,
    measured: described.join(", "),
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio,
    numbers: { ratio, days, eventsOfEachKind: amounts.historyEvents * rounds, ratePerSecond, databases },
  };
}

const shown = ({ gateway, api, deliverer, postgres }: Cost): string =>
  `${gateway} (API ${api}, deliverer ${deliverer}, PostgreSQL ${postgres})`;

function meanCost(costs: readonly Cost[]): Cost {
  const names = Object.keys(costs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(costs.map((cost) => cost[name] ?? 0))]));
}

async function describe({ gateway, costs }: Aged) {
  const counted = (sql: string) => queryNumber(gateway.databaseUrl, sql);
  return {
    deliveriesAtTheEnd: await counted("select count(*) from posthorn.deliveries"),
    partitions: await counted("select count(*) from pg_inherits where inhparent = 'posthorn.deliveries'::regclass"),
    bytes: await counted("select pg_database_size(current_database())"),
    cpuMicrosPerEvent: costs,
  };
}
