import {
  fanOut,
  loadFanOut,
  postponeFanOut,
  type CandidateRow,
  type EventToFanOut,
  type FanOutPage,
  type LoadedFanOut,
} from "#db/sql/delivery.ts";
import { loadChoices, type ChoiceRow } from "#db/sql/preferences.ts";
import { isUnavailable, type Store } from "#db/store.ts";
import { Batcher } from "./batcher.ts";
import type { EngineLog } from "./engine.ts";
import { decidePage, type DecidedPage } from "./fanOut/page.ts";
import type { LoadChoices } from "./fanOut/recipients.ts";
import type { Knowledge } from "./fanOut/shape.ts";
import { Turnstile } from "./fanOut/turnstile.ts";
import { persist } from "./persist.ts";

export interface FanOutOptions extends Knowledge {
  readonly store: Store;
  /** Aborts when writing must be given up. */
  readonly signal: AbortSignal;
  readonly log: Pick<EngineLog, "warn">;
}

/** Endpoints of a page. */
const pageSize = 500;
/** Events that share a statement: ten endpoints each are some ten milliseconds. */
const batchSize = 50;
/** A page with more deliveries, or more text, has a statement to itself. */
const smallPage = { targets: 25, characters: 50_000 };

type Written = { readonly written: boolean } | { readonly error: unknown };

/**
 * Makes an event's deliveries, page by page: reads it with its candidates, decides, and writes. Each page is fenced by the place from which
 * it was read, so that a job which runs twice, or dies between the two, makes no delivery twice and counts nothing twice.
 */
export function createFanOut(options: FanOutOptions): (eventId: string) => Promise<void> {
  const { store, signal, log } = options;
  const loader = new Batcher<string, EventToFanOut | { missing: true }>({
    maxSize: batchSize,
    maxInFlight: 2,
    delayMs: 0,
    run: async (ids) => {
      const rows = await persist<LoadedFanOut>(store, signal, loadFanOut, [ids, pageSize]);
      let candidates: EventToFanOut["candidates"] = [];
      const byId = new Map(
        rows.map((row) => [row.id, { ...row, candidates: (candidates = row.candidates ?? candidates) }]),
      );
      return ids.map((id) => byId.get(id) ?? { missing: true });
    },
  });
  const write = async (pages: readonly FanOutPage[]): Promise<readonly Written[]> => {
    try {
      const rows = await persist<{ id: string }>(store, signal, fanOut, [JSON.stringify(numbered(pages))]);
      const written = new Set(rows.map((row) => row.id));
      return pages.map(({ event }) => ({ written: written.has(event) }));
    } catch (error) {
      if (pages.length === 1 || isUnavailable(error)) return pages.map(() => ({ error }));
      // One of them cannot be written: the others must not fail with it.
      const each: Written[] = [];
      for (const page of pages) each.push(...(await write([page])));
      return each;
    }
  };
  const writer = new Batcher<FanOutPage, Written>({ maxSize: batchSize, maxInFlight: 1, delayMs: 2, run: write });

  const postponer = new Batcher<{ readonly id: string; readonly delayMs: number }, true>({
    maxSize: batchSize,
    maxInFlight: 1,
    delayMs: 2,
    run: async (away) => {
      const [ids, delays] = [away.map(({ id }) => id), away.map(({ delayMs }) => delayMs)];
      await persist(store, signal, postponeFanOut, [ids, delays]);
      return away.map(() => true);
    },
  });
  const choices: LoadChoices = ({ tenantId, catalog, names, users }) =>
    persist<ChoiceRow>(store, signal, loadChoices, [tenantId, catalog, names, users]);
  const knowledge = { ...options, choices };
  const turnstile = new Turnstile();
  /** A number: not now, but in so many milliseconds. */
  const decide = async (event: EventToFanOut): Promise<DecidedPage | number> => {
    if (!event.candidates.some(isEvaluated)) return decidePage(knowledge, event, pageSize);
    const delayMs = await turnstile.enter(event.tenant_id);
    if (delayMs !== null) return delayMs;
    try {
      return await decidePage(knowledge, event, pageSize);
    } finally {
      turnstile.leave(event.tenant_id);
    }
  };

  return async (eventId) => {
    for (;;) {
      const event = await loader.add(eventId);
      if ("missing" in event) return;
      const decided = await decide(event);
      if (typeof decided === "number") {
        await postponer.add({ id: eventId, delayMs: decided });
        return;
      }
      const { page, faults } = decided;
      if (faults.length > 0)
        log.warn({ eventId, faults }, "an event that should follow from another could not be made");
      const [outcome] = isSmall(page) ? [await writer.add(page)] : await write([page]);
      if (outcome !== undefined && "error" in outcome) throw outcome.error;
      if (outcome?.written === true && page.next === null) return;
    }
  };
}

function isEvaluated({ filter, transform, version }: CandidateRow): boolean {
  return filter !== null || transform !== null || version !== null;
}

function isSmall({ targets, native = "", derived = [] }: FanOutPage): boolean {
  if (targets.length > smallPage.targets) return false;
  const texts = [native, ...targets.map(({ body = "" }) => body), ...derived.map((event) => event.native ?? "")];
  return texts.reduce((characters, text) => characters + text.length, 0) <= smallPage.characters;
}

/** Events that follow from others are told apart by their numbers in the statement. */
function numbered(pages: readonly FanOutPage[]): readonly object[] {
  let ordinal = 0;
  return pages.map((page) =>
    page.derived === undefined
      ? page
      : { ...page, derived: page.derived.map((event) => Object.assign({ ordinal: ordinal++ }, event)) },
  );
}
