import { claimMissed, loadMissed, replayMissed, type ClaimedEvents, type MissedEvent } from "#db/sql/replays.ts";
import type { FanOutTarget } from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { aboutOf, type Knowledge } from "./fanOut/shape.ts";
import { decideTargets, isPlain, plainTargets } from "./fanOut/targets.ts";
import { startLoop, type Loop, type LoopLog } from "./loop.ts";

const everyMs = 250;
/** Events of a page. */
const pageSize = 100;
/** Deliveries of a replay that may be under way while it makes new ones. */
const budget = 500;
/** Of bodies in a page: writing 33 MB takes as long as a statement may. */
const maxBodyCharacters = 4_000_000;

export interface MissedOptions extends Knowledge {
  readonly store: Store;
  readonly log: LoopLog;
}

/**
 * Makes the deliveries that replays find missing, a page of one replay at a time: filters, transforms and versions are asked as in a fan-out,
 * which may take long, and so it has a loop of its own. A subscription's throttle does not hold here: a person asked for these. Each page is
 * fenced by the place from which it was read: a loop that dies leaves it to the next one, and none is made twice.
 */
export function startMissed(options: MissedOptions): Loop {
  const { store, log } = options;
  let stopping = false;
  const loop = startLoop("missed", everyMs, log, async () => {
    const [claimed] = await store.run<ClaimedEvents>(claimMissed, [pageSize, budget]);
    if (claimed === undefined) return undefined;
    const rows = claimed.events.length === 0 ? 0 : await makePage(options, claimed, () => stopping);
    return { rows, again: !stopping };
  });
  return {
    stop() {
      stopping = true;
      return loop.stop();
    },
  };
}

async function makePage(
  options: MissedOptions,
  { replay, after, events, reached }: ClaimedEvents,
  isStopping: () => boolean,
): Promise<number> {
  const { store } = options;
  const rows = await store.run<MissedEvent>(loadMissed, [replay, events]);
  const page = await decide(options, rows, isStopping);
  // Events that retention has dropped meanwhile leave no row: with the last row of the others they are passed over.
  const isWhole = page.looked === rows.length && (rows.length === events.length || rows.length === 0);
  const place = isWhole
    ? { reached, looked: events.length }
    : { reached: rows[page.looked - 1]?.id ?? reached, looked: page.looked };
  const values = [replay, after, place.reached, place.looked, JSON.stringify(page.targets)];
  await store.run(replayMissed, values);
  return page.targets.length;
}

/** The targets of as many events as one statement should carry, or as there is time for; of one at least. */
async function decide(knowledge: Knowledge, events: readonly MissedEvent[], isStopping: () => boolean) {
  const targets: (FanOutTarget & { readonly event: string })[] = [];
  let characters = 0;
  let looked = 0;
  for (const event of events) {
    const about = await aboutOf(knowledge, event);
    const made = isPlain(event, about) ? plainTargets(event) : (await decideTargets(knowledge, about, event)).targets;
    for (const target of made) {
      targets.push({ ...target, event: event.id });
      characters += target.body?.length ?? 0;
    }
    looked += 1;
    if (characters >= maxBodyCharacters || isStopping()) break;
  }
  return { targets, looked };
}
