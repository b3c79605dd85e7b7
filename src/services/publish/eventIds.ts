import type { Clock } from "#domain/clock.ts";
import { encodeId, newUuid, UUID_RANDOM_BYTES } from "#domain/ids.ts";

const IDS_PER_FILL = 400;

/**
 * Ids for events, in the order in which they are drawn (RFC 9562 section 6.2, method 1: the 12 bits behind the milliseconds count), so
 * that lists show a publisher's events in its order. Random bytes come from one fill at a time: a fill for each costs more than the rest.
 */
export class EventIds {
  readonly #clock: Clock;
  readonly #random = new Uint8Array(IDS_PER_FILL * UUID_RANDOM_BYTES);
  #offset = this.#random.length;
  #lastMs = 0;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): { readonly uuid: string; readonly typeId: string } {
    if (this.#offset >= this.#random.length) {
      crypto.getRandomValues(this.#random);
      this.#offset = 0;
    }
    const nowMs = this.#clock();
    this.#count = nowMs === this.#lastMs ? this.#count + 1 : 0;
    this.#lastMs = nowMs;
    this.#random[this.#offset] = this.#count >>> 8;
    this.#random[this.#offset + 1] = this.#count & 0xff;
    const uuid = newUuid(nowMs, this.#random, this.#offset);
    this.#offset += UUID_RANDOM_BYTES;
    return { uuid, typeId: encodeId("event", uuid) };
  }
}
