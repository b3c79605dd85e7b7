import type { Clock } from "#domain/clock.ts";
import { encodeId, newUuid, UUID_RANDOM_BYTES } from "#domain/ids.ts";

const IDS_PER_FILL = 400;

/** Ids for events, drawn from one fill of random bytes at a time: filling for each costs more than all the rest of an id. */
export class EventIds {
  readonly #clock: Clock;
  readonly #random = new Uint8Array(IDS_PER_FILL * UUID_RANDOM_BYTES);
  #offset = this.#random.length;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): { readonly uuid: string; readonly typeId: string } {
    if (this.#offset >= this.#random.length) {
      crypto.getRandomValues(this.#random);
      this.#offset = 0;
    }
    const uuid = newUuid(this.#clock(), this.#random, this.#offset);
    this.#offset += UUID_RANDOM_BYTES;
    return { uuid, typeId: encodeId("event", uuid) };
  }
}
