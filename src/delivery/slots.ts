import { isPrompt, roomOf, smoothed } from "#domain/lanes.ts";

/** A request's place among those in flight. */
export interface Slot {
  /** The request goes out: until now the delivery waited for its turn, which says nothing about the receiver. */
  begin(): void;
  /** The answer came, or nothing will: lets the next one in. @param answerMs null where it says nothing about the receiver */
  leave(answerMs: number | null): void;
}

/** A delivery that finds its endpoint full waits so long for an answer. */
const waitMs = 100;
/** When the wait ends so late, it was this process that was busy, and answers may be there that it has not read yet: it waits once more. */
const busyMs = 25;
/** The age of its oldest request says something about an endpoint that has never answered when it is older than this. */
const unheardMs = 1_000;
/** An endpoint of which nothing was heard for so long is forgotten. */
const keepMs = 60_000;

interface Waiting {
  readonly enter: (slot: Slot | null) => void;
  timer: NodeJS.Timeout;
}

class Endpoint {
  taken = 0;
  latencyMs: number | null = null;
  heardAt = 0;
  /** When each request in flight began, the oldest first. */
  readonly begun = new Map<Slot, number>();
  readonly waiting: Waiting[] = [];

  /** Its answers' latency, or the age of its oldest request where that is more already. */
  latencyAt(nowMs: number): number | null {
    const [oldest] = this.begun.values();
    if (oldest === undefined) return this.latencyMs;
    const ageMs = nowMs - oldest;
    if (this.latencyMs === null) return ageMs > unheardMs ? ageMs : null;
    return Math.max(this.latencyMs, ageMs);
  }
}

/**
 * Who may have how many of a process's slots, by what is in flight and how long answers take: see `roomOf`. Costs a delivery a look-up and
 * a few numbers.
 */
export class Slots {
  readonly #size: number;
  readonly #endpoints = new Map<string, Endpoint>();
  /** Those that have deliveries waiting, who has waited longest first. */
  readonly #crowded = new Set<Endpoint>();
  #taken = 0;
  #sweptAt = performance.now();

  /** @param size slots of this process */
  constructor(size: number) {
    this.#size = size;
  }

  get inFlight(): number {
    return this.#taken;
  }

  /** A slot, or null: the endpoint has as many as it may. */
  take(endpointId: string): Slot | null {
    const endpoint = this.#endpoint(endpointId);
    return endpoint.waiting.length === 0 && this.#hasRoom(endpoint) ? this.#enter(endpoint) : null;
  }

  /** Waits a moment for a slot; null: none became free, or the endpoint hangs. */
  wait(endpointId: string): Promise<Slot | null> {
    const endpoint = this.#endpoint(endpointId);
    const begunMs = performance.now();
    if (!isPrompt(endpoint.latencyAt(begunMs))) return Promise.resolve(null);
    return new Promise((enter) => {
      const giveUp = (): void => {
        endpoint.waiting.splice(endpoint.waiting.indexOf(waiting), 1);
        if (endpoint.waiting.length === 0) this.#crowded.delete(endpoint);
        enter(null);
      };
      const look = (): void => {
        if (performance.now() - begunMs < waitMs + busyMs) giveUp();
        else waiting.timer = setTimeout(giveUp, waitMs);
      };
      const waiting: Waiting = { enter, timer: setTimeout(look, waitMs) };
      endpoint.waiting.push(waiting);
      this.#crowded.add(endpoint);
    });
  }

  /** Requests that the endpoint may have in flight now. */
  room(endpointId: string): number {
    return this.#roomOf(this.#endpoint(endpointId));
  }

  #endpoint(id: string): Endpoint {
    const known = this.#endpoints.get(id);
    if (known) return known;
    this.#sweep();
    const endpoint = new Endpoint();
    endpoint.heardAt = performance.now();
    this.#endpoints.set(id, endpoint);
    return endpoint;
  }

  #roomOf(endpoint: Endpoint): number {
    return roomOf(this.#size - this.#taken, endpoint.latencyAt(performance.now()));
  }

  #hasRoom(endpoint: Endpoint): boolean {
    return this.#taken < this.#size && endpoint.taken < this.#roomOf(endpoint);
  }

  #enter(endpoint: Endpoint): Slot {
    endpoint.taken++;
    this.#taken++;
    const slot: Slot = {
      begin: () => void endpoint.begun.set(slot, performance.now()),
      leave: (answerMs) => {
        endpoint.begun.delete(slot);
        endpoint.taken--;
        this.#taken--;
        endpoint.heardAt = performance.now();
        if (answerMs !== null) endpoint.latencyMs = smoothed(endpoint.latencyMs, answerMs);
        this.#admit(endpoint);
        // Its place may be another endpoint's: one of them, for answers are many.
        const [other] = this.#crowded;
        if (other !== undefined) this.#admit(other);
      },
    };
    return slot;
  }

  #admit(endpoint: Endpoint): void {
    while (endpoint.waiting.length > 0 && this.#hasRoom(endpoint)) {
      const next = endpoint.waiting.shift();
      clearTimeout(next?.timer);
      next?.enter(this.#enter(endpoint));
    }
    this.#crowded.delete(endpoint);
    if (endpoint.waiting.length > 0) this.#crowded.add(endpoint);
  }

  /** Memory is bounded by the endpoints of two minutes. */
  #sweep(): void {
    const nowMs = performance.now();
    if (nowMs - this.#sweptAt < keepMs) return;
    this.#sweptAt = nowMs;
    for (const [id, { taken, waiting, heardAt }] of this.#endpoints)
      if (taken === 0 && waiting.length === 0 && nowMs - heardAt > keepMs) this.#endpoints.delete(id);
  }
}
