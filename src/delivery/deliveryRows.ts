import {
  holdDeliveries,
  loadDeliveries,
  recordOutcomes,
  turnAway,
  type LoadedDelivery,
  type OutcomeRow,
  type TurnedAway,
} from "#db/sql/delivery.ts";
import type { Store } from "#db/store.ts";
import { Batcher } from "./batcher.ts";
import { persist } from "./persist.ts";

/** The tables a batch touches grow with it: bounded, so that no statement takes longer than a few tens of milliseconds. */
const batchSize = 250;
/** About so much of bodies a batch loads: of 200 kB each, 250 at a time made the deliverer 64 MB larger (385 in place of 321). */
const batchCharacters = 4_000_000;
/** What a body has until one was seen. */
const firstGuess = 32_000;
/** Waiting this long for company costs an outcome nothing (its receiver has answered) and halves the statements under half load. */
const delayMs = 2;

/**
 * A delivery as it is sent. Its body is bytes, made once: signing and sending would each make their own of a text, and the text would stay until
 * the answer has come. Of 300 bodies of 200 kB in flight that was a third of the process.
 */
export type Delivery = Omit<LoadedDelivery, "body"> & { readonly body: Buffer };

/** An outcome, and by this process's monotonic clock when its request began. */
export type Outcome = Omit<OutcomeRow, "age_ms"> & { readonly sentAt: number };

/** What deliveries read and write, many at a time. Each resolves when its statement is committed; rejects only when that had to be given up. */
export interface DeliveryRows {
  load(deliveryId: string): Promise<Delivery | { missing: true }>;
  record(outcome: Outcome): Promise<true>;
  /** Its lane is held, its endpoint is gone, or its event is. */
  hold(deliveryId: string): Promise<true>;
  /** No slot or no turn: its lane is to be held. */
  turnAway(turned: TurnedAway): Promise<true>;
}

export function createDeliveryRows(store: Store, signal: AbortSignal): DeliveryRows {
  let characters = firstGuess;
  const loader = new Batcher<string, Delivery | { missing: true }>({
    get maxSize() {
      return Math.min(batchSize, Math.ceil(batchCharacters / characters));
    },
    maxInFlight: 2,
    delayMs: 0,
    run: async (ids) => {
      const rows = await persist<LoadedDelivery>(store, signal, loadDeliveries, [ids]);
      if (rows.length > 0) characters = rows.reduce((sum, row) => sum + row.body.length, 1) / rows.length;
      const byId = new Map(rows.map((row) => [row.id, { ...row, body: Buffer.from(row.body) }]));
      return ids.map((id) => byId.get(id) ?? { missing: true });
    },
  });
  const recorder = writer<Outcome>(2, (outcomes) =>
    persist(store, signal, recordOutcomes, () => [
      JSON.stringify(
        outcomes.map(({ sentAt, ...row }) => Object.assign(row, { age_ms: Math.round(performance.now() - sentAt) })),
      ),
    ]),
  );
  const holder = writer<string>(1, (ids) => persist(store, signal, holdDeliveries, [ids]));
  const refuser = writer<TurnedAway>(1, (turned) =>
    persist(store, signal, turnAway, [
      turned.map((t) => t.deliveryId),
      turned.map((t) => t.reason),
      turned.map((t) => t.waitMs),
      turned.map((t) => t.room),
    ]),
  );
  return {
    load: (id) => loader.add(id),
    record: (outcome) => recorder.add(outcome),
    hold: (id) => holder.add(id),
    turnAway: (turned) => refuser.add(turned),
  };
}

function writer<Item>(maxInFlight: number, write: (items: readonly Item[]) => Promise<unknown>): Batcher<Item, true> {
  return new Batcher({
    maxSize: batchSize,
    maxInFlight,
    delayMs,
    run: async (items) => {
      await write(items);
      return items.map(() => true);
    },
  });
}
