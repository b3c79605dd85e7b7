import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import {
  change,
  chanceFrom,
  compared,
  drop,
  endpointsOf,
  kept,
  newEndpoint,
  newTenant,
  rows,
  subscribe,
  useMatching,
  type Held,
} from "./matching.ts";

useMatching();

test("the patterns of a subscription are indexed when it is made, changed and deleted", async () => {
  const tenantId = await newTenant();
  const endpointId = await newEndpoint(tenantId);
  const id = await subscribe(tenantId, endpointId, { patterns: ["b.c", "a.*", "*", "a.*"] });
  expect(await kept(tenantId)).toEqual({ evaluated: false, lengths: [0, 2], patterns: ["*", "a.*", "b.c"] });
  await change(id, { patterns: ["a.b.*", "b.c"], catalog: "shop" });
  expect(await kept(tenantId)).toMatchObject({ lengths: [0, 2, 4], patterns: ["a.b.* in shop", "b.c in shop"] });
  await change(id, { patterns: ["b.c"] });
  expect(await kept(tenantId)).toMatchObject({ patterns: ["b.c"] });
  await drop(id);
  expect(await kept(tenantId)).toMatchObject({ patterns: [] });
});

test.each([
  ["a filter", { filter: "true" }],
  ["a transform", { transform: "data" }],
  ["a version", { version: "1" }],
  ["a throttle", { throttle: { max: 1, windowSeconds: 1 } }],
])("a tenant's events are looked at one by one as long as a subscription has %s", async (_what, field) => {
  const tenantId = await newTenant();
  const endpointId = await newEndpoint(tenantId);
  const evaluated = async () => (await kept(tenantId)).evaluated;
  const plain = await subscribe(tenantId, endpointId, { patterns: ["a"] });
  expect(await evaluated()).toBe(false);
  const id = await subscribe(tenantId, endpointId, { patterns: ["a"], ...field });
  expect(await evaluated()).toBe(true);
  await change(plain, { patterns: ["b"], ...field });
  await drop(id);
  expect(await evaluated()).toBe(true);
  await change(plain, { patterns: ["b"] });
  expect(await evaluated()).toBe(false);
  const other = await newEndpoint(tenantId);
  await subscribe(tenantId, other, { patterns: ["a"], ...field });
  expect(await evaluated()).toBe(true);
  await rows("delete from posthorn.endpoints where id = $1", [other]);
  expect(await evaluated()).toBe(false);
});

test("with an endpoint or a tenant go its patterns, and nobody else's", async () => {
  const [mine, theirs] = [await newTenant(), await newTenant()];
  const [first, second, foreign] = [await newEndpoint(mine), await newEndpoint(mine), await newEndpoint(theirs)];
  await subscribe(mine, first, { patterns: ["a", "a.*"], filter: "true" });
  await subscribe(mine, second, { patterns: ["a"] });
  await subscribe(theirs, foreign, { patterns: ["a"], filter: "true" });
  await rows("delete from posthorn.endpoints where id = $1", [first]);
  expect(await kept(mine)).toMatchObject({ evaluated: false, patterns: ["a"] });
  await rows("delete from posthorn.tenants where id = $1", [mine]);
  expect(await kept(mine)).toEqual({ patterns: [] });
  expect(await kept(theirs)).toMatchObject({ evaluated: true, patterns: ["a"] });
});

test("two catalogs may share a type name: each endpoint gets what its catalog publishes", async () => {
  const tenantId = await newTenant();
  const [one, two, any] = [await newEndpoint(tenantId), await newEndpoint(tenantId), await newEndpoint(tenantId)];
  await subscribe(tenantId, one, { patterns: ["team.members_added"], catalog: "one" });
  await subscribe(tenantId, two, { patterns: ["team.*"], catalog: "two" });
  await subscribe(tenantId, any, { patterns: ["team.*"] });
  expect(await endpointsOf(tenantId, "one", "team.members_added")).toEqual([one, any]);
  expect(await endpointsOf(tenantId, "two", "team.members_added")).toEqual([two, any]);
  expect(await endpointsOf(tenantId, "three", "team.members_added")).toEqual([any]);
});

test("operational events go to whoever asks for them by API., in whatever catalog, and not to *", async () => {
  const tenantId = await newTenant();
  const wishes = [["*"], ["API*"], ["API.*"], ["API.Webhook.*"], ["API.Webhook.Failed"], ["API.Key.*"]];
  const endpoints: string[] = [];
  for (const [index, patterns] of wishes.entries()) {
    endpoints.push(await newEndpoint(tenantId));
    await subscribe(tenantId, endpoints[index] ?? "", { patterns, catalog: index % 2 === 0 ? "shop" : null });
  }
  expect(await endpointsOf(tenantId, "posthorn", "API.Webhook.Failed", true)).toEqual(endpoints.slice(2, 5));
});

test("a disabled endpoint is no target, a paused one is held, and of two subscriptions the older one makes the delivery", async () => {
  const tenantId = await newTenant();
  const [open, held, disabled] = [
    await newEndpoint(tenantId),
    await newEndpoint(tenantId),
    await newEndpoint(tenantId),
  ];
  const ids: string[] = [];
  for (const endpointId of [open, held, disabled])
    for (const pattern of ["a.*", "a.b"]) ids.push(await subscribe(tenantId, endpointId, { patterns: [pattern] }));
  await rows("update posthorn.endpoints set lane = 'held', lane_reason = 'paused' where id = $1", [held]);
  await rows("update posthorn.endpoints set lane = 'held', lane_reason = 'disabled' where id = $1", [disabled]);
  const found = await rows(
    "select endpoint_id, subscription_id, held from posthorn.targets($1, '{2}', 'default', 'a.b', false, 100)",
    [tenantId],
  );
  expect(found).toEqual([
    { endpoint_id: open, subscription_id: ids[0], held: false },
    { endpoint_id: held, subscription_id: ids[2], held: true },
  ]);
});

test("whatever is subscribed, changed and deleted, an event matches what a plain reading of the patterns says", async () => {
  const seed = randomInt(2 ** 31);
  const chance = chanceFrom(seed);
  const tenantId = await newTenant();
  const endpoints = await Promise.all(Array.from({ length: 12 }, () => newEndpoint(tenantId)));
  const model = new Map<string, Held>();
  for (let round = 0; round < 10; round++) {
    for (let step = 0; step < 12; step++) {
      const id = chance.oneOf([...model.keys()], "");
      const kind = model.size === 0 ? 0 : chance.below(10);
      if (kind < 6) {
        const made = { endpointId: chance.oneOf(endpoints, ""), wish: chance.wish() };
        model.set(await subscribe(tenantId, made.endpointId, made.wish), made);
      } else if (kind < 8) {
        const wish = chance.wish();
        await change(id, wish);
        model.set(id, { endpointId: model.get(id)?.endpointId ?? "", wish });
      } else if (kind < 9) {
        await drop(id);
        model.delete(id);
      } else {
        const gone = endpoints.splice(chance.below(endpoints.length), 1, await newEndpoint(tenantId))[0];
        await rows("delete from posthorn.endpoints where id = $1", [gone]);
        for (const [key, { endpointId }] of model) if (endpointId === gone) model.delete(key);
      }
    }
    const { found, wanted } = await compared(tenantId, model, chance);
    expect({ seed, round, ...found }).toEqual({ seed, round, ...wanted });
  }
});

test("eight who change a tenant's subscriptions at once leave what their changes say", async () => {
  const seed = randomInt(2 ** 31);
  const tenantId = await newTenant();
  const endpoints = await Promise.all(Array.from({ length: 3 }, () => newEndpoint(tenantId)));
  const model = new Map<string, Held>();
  await Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      const chance = chanceFrom(seed + worker);
      const own: string[] = [];
      for (let step = 0; step < 25; step++) {
        const endpointId = chance.oneOf(endpoints, "");
        const wish = chance.wish();
        const id = chance.oneOf(own, "");
        const kind = own.length === 0 ? 0 : chance.below(3);
        if (kind === 0) {
          const made = await subscribe(tenantId, endpointId, wish);
          own.push(made);
          model.set(made, { endpointId, wish });
        } else if (kind === 1) {
          await change(id, wish);
          model.set(id, { endpointId: model.get(id)?.endpointId ?? "", wish });
        } else {
          await drop(id);
          own.splice(own.indexOf(id), 1);
          model.delete(id);
        }
      }
    }),
  );
  const { found, wanted } = await compared(tenantId, model, chanceFrom(seed));
  expect({ seed, ...found }).toEqual({ seed, ...wanted });
});
