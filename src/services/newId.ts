import { newUuid, UUID_RANDOM_BYTES } from "#domain/ids.ts";
import type { Clock } from "#domain/clock.ts";

/** A UUIDv7 of the present, for rows whose id must be known before they are written. */
export function newId(clock: Clock): string {
  return newUuid(clock(), crypto.getRandomValues(new Uint8Array(UUID_RANDOM_BYTES)));
}
