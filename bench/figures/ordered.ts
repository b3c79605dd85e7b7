import { receiverMessages } from "../messages.ts";
import { addEndpoint } from "../rig/operator.ts";
import type { Gateway } from "../rig/gateway.ts";
import { mean } from "../statistics.ts";
import { drainOnce } from "./backlog.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const asked = { ratio: 0.3, violations: 0 };

/** A backlog of a thousand ordering keys, of one endpoint and spread over fifty; against the same backlog without an order. */
export async function measureOrdered(measuring: Measuring): Promise<Finding> {
  const { amounts, say } = measuring;
  const events = amounts.besideEvents;
  const plain = async () => (await drainOnce(measuring, { name: "drain", events })).perSecond;
  const drains = [await plain()];
  const ofOne = await drainInOrder(measuring, 1);
  const ofFifty = await drainInOrder(measuring, 50);
  drains.push(await plain());
  const perSecond = Math.min(ofOne.perSecond, ofFifty.perSecond);
  const ratio = perSecond / mean(drains);
  const violations = ofOne.violations + ofFifty.violations;
  const complete = [ofOne, ofFifty].every(({ checked, keys }) => checked >= events && keys === amounts.orderedKeys);
  const measured = `${ratio.toFixed(2)} (${whole(perSecond)}/s ÷ ${whole(mean(drains))}/s); ${violations} violations`;
  say(`ordered: ${measured}`);
  return {
    figure: `ordered, ${whole(amounts.orderedKeys)} keys ÷ drain; violations`,
    measured,
    asked: `≥ ${asked.ratio}; ${asked.violations}`,
    met: ratio >= asked.ratio && violations <= asked.violations && complete,
    numbers: { ratio, violations, oneEndpoint: ofOne, fiftyEndpoints: ofFifty, drainPerSecond: drains },
  };
}

interface InOrder {
  readonly perSecond: number;
  readonly keys: number;
  readonly checked: number;
  readonly violations: number;
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>;
}

async function drainInOrder(measuring: Measuring, endpoints: number): Promise<InOrder> {
  const { rig, amounts } = measuring;
  const prepare = async (gateway: Gateway) => {
    const tenants = Array.from({ length: endpoints }, (_, n) => `ordered_${n}`);
    const subscription = { ordering: { onFailure: "skip" } };
    for (const tenant of tenants) {
      await addEndpoint(gateway.call, tenant, { url: `${rig.receiverOrigin}/${tenant}`, subscription });
    }
    return { ...gateway.target, tenants, keys: amounts.orderedKeys };
  };
  await rig.receiver.call(receiverMessages.watchOrder, true);
  try {
    const drain = { name: `ordered${endpoints}`, events: amounts.besideEvents, prepare };
    const { perSecond, cpuMicrosPerEvent } = await drainOnce(measuring, drain);
    return { ...(await rig.receiver.call(receiverMessages.order, null)), perSecond, cpuMicrosPerEvent };
  } finally {
    await rig.receiver.call(receiverMessages.watchOrder, false);
  }
}
