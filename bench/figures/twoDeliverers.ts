import { monotonicMs } from "../clock.ts";
import { receiverMessages } from "../messages.ts";
import { endGateway } from "../profile.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";
import { type Held, offer } from "./sustained.ts";

const askedRatio = 1.8;
const ratePerSecond = 4000;
/** Few requests: publishing one by one would take the cores that deliverers are to be compared on. */
const perRequest = 100;
const awayMs = 50;
/** Of what is offered: the slope of what arrives is never quite that. */
const allOfIt = 0.99;

/** More than one deliverer may carry is offered, to receivers that are far away: to one, and to two. */
export async function measureTwoDeliverers(measuring: Measuring): Promise<Finding> {
  const one = await deliverBy(measuring, 1);
  const two = await deliverBy(measuring, 2);
  const ratio = two.arrivedPerSecond / one.arrivedPerSecond;
  const all = two.arrivedPerSecond >= ratePerSecond * allOfIt && two.failed === 0;
  return {
    figure: `two deliverers ÷ one, receivers ${awayMs} ms away, ${whole(ratePerSecond)}/s offered`,
    measured: `${ratio.toFixed(2)} (${whole(two.arrivedPerSecond)}/s ÷ ${whole(one.arrivedPerSecond)}/s; cores busy with two: ${sum(two).toFixed(2)})`,
    asked: `≥ ${askedRatio}, or all that is offered`,
    met: ratio >= askedRatio || all,
    numbers: { ratio, awayMs, perRequest, one, two },
  };
}

async function deliverBy(measuring: Measuring, count: 1 | 2): Promise<Held> {
  const { rig, amounts, say } = measuring;
  const name = `deliverers${count}`;
  const gateway = await rig.startGateway(name);
  const work = { events: 0, fromMs: 0, toMs: 0 };
  try {
    const deliverers = [await rig.startDelivering(gateway)];
    while (deliverers.length < count) deliverers.push(gateway.startDeliverer());
    await rig.receiver.call(receiverMessages.answerAfter, { ms: awayMs });
    const offering = { ...measuring, gateway, deliverers, perRequest };
    await offer(offering, ratePerSecond, amounts.warmUpMs);
    work.fromMs = monotonicMs();
    const held = await offer(offering, ratePerSecond, amounts.sustainedMs);
    work.toMs = monotonicMs();
    work.events = (ratePerSecond * amounts.sustainedMs) / 1000;
    say(
      `${count} of them: ${whole(held.arrivedPerSecond)}/s, ${held.lastBacklog} left, ${sum(held).toFixed(2)} cores busy`,
    );
    return held;
  } finally {
    await rig.receiver.call(receiverMessages.answerAfter, { ms: 0 });
    await endGateway(measuring, gateway, name, work);
  }
}

const sum = ({ coresBusy }: Held): number => Object.values(coresBusy).reduce((all, busy) => all + busy, 0);
