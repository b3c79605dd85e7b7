import { queryNumber, untilNumber } from "../rig/database.ts";
import { freePort, type Gateway } from "../rig/gateway.ts";
import { addEndpoint, type Endpoint } from "../rig/operator.ts";
import { acceptInSql, failOnce } from "../rig/rows.ts";
import { mean } from "../statistics.ts";
import { drainOnce, fill, rest } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 0.85;
/** Each: endpoints that a person has paused, those where nobody listens, and those whose deliveries have a retry ahead. */
const endpointCount = 5;
/** More than the failures in a row that close a lane. */
const failuresEach = 30;

/** The same backlog drained beside what has to wait, and without. */
export async function measureHeldDrain(measuring: Measuring): Promise<Finding> {
  const { amounts, say } = measuring;
  const events = amounts.besideEvents;
  const plain = async () => (await drainOnce(measuring, { name: "drain", events })).perSecond;
  const drains = [await plain()];
  let heldBefore = 0;
  const prepare = async (gateway: Gateway): Promise<void> => {
    await makeWaiting(measuring, gateway);
    heldBefore = await queryNumber(
      gateway.databaseUrl,
      "select count(*) from posthorn.deliveries where status = 'held'",
    );
    say(`${whole(heldBefore)} are held`);
  };
  const beside = await drainOnce(measuring, { name: "heldDrain", events, prepare });
  drains.push(await plain());
  const ratio = beside.perSecond / mean(drains);
  const measured = `${ratio.toFixed(2)} (${whole(beside.perSecond)}/s ÷ ${whole(mean(drains))}/s)`;
  say(`drain beside what waits: ${measured}`);
  return {
    figure: `drain with ${whole(amounts.held)} held and ${whole(amounts.future)} in the future ÷ without`,
    measured,
    asked: `≥ ${askedRatio}`,
    met: ratio >= askedRatio && heldBefore >= amounts.held,
    numbers: {
      ratio,
      perSecond: beside.perSecond,
      drainPerSecond: drains,
      heldBefore,
      cpuMicrosPerEvent: beside.cpuMicrosPerEvent,
    },
  };
}

async function makeWaiting({ rig, amounts }: Measuring, gateway: Gateway): Promise<void> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const add = (kind: string) =>
    Promise.all(
      Array.from({ length: endpointCount }, (_, n) =>
        addEndpoint(gateway.call, `${kind}_${n}`, { url: `${origin}/${kind}_${n}` }),
      ),
    );
  const [paused, dead, later] = [await add("paused"), await add("dead"), await add("later")];
  for (const { path } of [...paused, ...later]) await gateway.call("POST", `${path}/pause`);
  await closeLanes(rig, gateway, dead);
  const heldEach = Math.ceil(amounts.held / (2 * endpointCount));
  await acceptInSql(
    gateway.databaseUrl,
    [...paused, ...dead].map(({ tenant }) => tenant),
    heldEach,
  );
  await acceptInSql(
    gateway.databaseUrl,
    later.map(({ tenant }) => tenant),
    Math.ceil(amounts.future / endpointCount),
  );
  await failOnce(gateway.databaseUrl, later);
  for (const { path } of later) await gateway.call("POST", `${path}/resume`);
  await rest(gateway);
}

/** By failures, as the gateway itself closes them. */
async function closeLanes(rig: Measuring["rig"], gateway: Gateway, dead: readonly Endpoint[]): Promise<void> {
  const deliverer = gateway.startDeliverer();
  const tenants = dead.map(({ tenant }) => tenant);
  await fill(rig, { ...gateway.target, tenants }, failuresEach * dead.length);
  const failing = "select count(*) from posthorn.endpoints where lane_reason = 'failing'";
  await untilNumber(gateway.databaseUrl, failing, (count) => count === dead.length, 60_000);
  await deliverer.stop();
}
