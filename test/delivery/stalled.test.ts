import { expect, test } from "vitest";
import { createDeliver, type DeliverOptions } from "#delivery/deliver.ts";
import type { Delivery } from "#delivery/deliveryRows.ts";
import { noMeasures } from "#delivery/measures.ts";
import type { SendOutcome } from "#delivery/outcome.ts";
import { Slots } from "#delivery/slots.ts";
import { importSigningKey } from "#verify/index.ts";

const key = await importSigningKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

const queued: Delivery = {
  id: "0193a000-0000-7000-8000-000000000001",
  tenant_id: "acme",
  endpoint_id: "0193a000-0000-7000-8000-000000000002",
  status: "queued",
  attempts: 0,
  step: 0,
  operational: false,
  payload_format: "standard",
  body: Buffer.from("{}"),
  event_id: "0193a000-0000-7000-8000-000000000003",
  external_id: null,
  trace_id: null,
  revision: "1",
  lane: "open",
  notify: false,
  rebuild: false,
  now_ms: 0,
  admitted: false,
  due_ms: 0,
};

const succeeded: SendOutcome = {
  outcome: "succeeded",
  failure: null,
  status: 200,
  durationMs: 1,
  error: null,
  responseBody: "",
  address: null,
  retryAfter: null,
};

/**
 * What a deliverer does that stands still, and is taken for dead, when its delivery has been loaded and comes to its turn; it is heard of again when it looks once more.
 * @param turn what it is told then
 */
async function stalledAtItsTurn(turn: Awaited<ReturnType<DeliverOptions["turns"]["take"]>>) {
  const did: string[] = [];
  let heardOf = true;
  let status: Delivery["status"] = "queued";
  const done = (what: string) => async (): Promise<true> => {
    did.push(what);
    return true;
  };
  const deliver = createDeliver({
    rows: {
      load: async () => {
        const row = { ...queued, status };
        // The second look finds what others have done meanwhile.
        heardOf = true;
        return row;
      },
      record: done("outcome"),
      hold: done("hold"),
      turnAway: done("turnAway"),
    },
    slots: new Slots(10),
    turns: {
      take: async () => {
        heardOf = false;
        status = "delivered";
        return turn;
      },
    },
    sender: {
      send: async () => {
        did.push("send");
        return succeeded;
      },
      interrupt: () => {},
      close: async () => {},
      inFlight: () => 0,
    },
    targets: {
      get: async () => ({
        revision: "1",
        url: "https://receiver.example/",
        headers: {},
        timeoutMs: 5_000,
        retrySchedule: [1],
        rateLimited: true,
        keys: [{ key, expiresAtMs: null }],
      }),
    },
    rebuild: async () => {},
    pump: { poke: () => {}, waited: () => {} },
    measures: noMeasures,
    clock: () => 0,
    chance: () => 0,
    signal: new AbortController().signal,
    alive: () => heardOf,
    userAgent: "Posthorn/test",
  });
  await deliver(queued.id);
  return did;
}

test("what was loaded before its deliverer stood still is looked at again before it is sent", async () => {
  expect(await stalledAtItsTurn({ onLeaving: () => {}, onAnswer: () => {} })).toEqual([]);
});

test("a deliverer that stood still does not put aside what others may be sending", async () => {
  expect(await stalledAtItsTurn(500)).toEqual([]);
});
