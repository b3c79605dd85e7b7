import { expect, test } from "vitest";
import { deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { until } from "#test/until.ts";
import { catalogOf, install, publishTo, typeOf, type Sent } from "./catalogs.ts";

const gateway = useDeliveringGateway();

async function notifying(standard: "enabled" | "disabled" = "enabled") {
  const document = catalogOf(
    [
      typeOf("team.grew", [true], { preference: { name: "team_updates", users: ["/body/userIds", "/who"] } }),
      typeOf("team.shrank", [true]),
    ],
    { preferences: [{ name: "team_updates", description: "Teams.", default: standard }] },
  );
  await install(gateway(), document);
  const receiver = await receiverOfTest();
  const tenantId = await gateway().tenant();
  await gateway().endpoint({ tenantId, url: receiver.url });
  const place = { tenantId, catalog: document.catalog, type: "team.grew" };
  return { receiver, place };
}

async function set({ tenantId, catalog }: { tenantId: string; catalog: string }, userId: string, enabled: boolean) {
  await gateway().rows(
    "insert into posthorn.preferences (tenant_id, catalog, user_id, name, enabled) values ($1, $2, $3, 'team_updates', $4)",
    [tenantId, catalog, userId, enabled],
  );
}

/** What the only delivery of a new event has come to. */
async function outcome(place: Parameters<typeof publishTo>[1], data: string, sent: Sent = {}): Promise<string> {
  const id = await publishTo(gateway(), place, data, sent);
  const settled = async () => {
    const [delivery] = await gateway().deliveries(id);
    return ["delivered", "skipped", "failed"].find((status) => status === delivery?.status);
  };
  return until(settled, { what: "the delivery is settled" });
}

test("an event is skipped when everybody whom it concerns has switched it off, and sent while one has not", async () => {
  const { receiver, place } = await notifying();
  await set(place, "ann", false);
  await set(place, "bob", false);
  const both = await publishTo(gateway(), place, '{"userIds":["ann","bob"]}');
  expect(await deliveryIn(gateway(), both, "skipped")).toMatchObject({ reason: "preference", attempts: 0 });
  const three = await publishTo(gateway(), place, '{"userIds":["ann","bob","eve"]}');
  await deliveryIn(gateway(), three, "delivered");
  expect(receiver.requests).toHaveLength(1);
});

test("without a row the catalog's default holds", async () => {
  const { place } = await notifying("disabled");
  await set(place, "ann", true);
  expect(await outcome(place, '{"userIds":["bob"]}')).toBe("skipped");
  expect(await outcome(place, '{"userIds":"ann"}')).toBe("delivered");
});

test("the user may stand in the envelope; an event that concerns nobody is sent", async () => {
  const { place } = await notifying("disabled");
  expect(await outcome(place, "{}", { userId: "ann" })).toBe("skipped");
  expect(await outcome(place, "{}")).toBe("delivered");
});

test("another tenant's, another catalog's and another type's events are not asked about", async () => {
  const { place } = await notifying();
  const other = await notifying();
  await set(place, "ann", false);
  const data = '{"userIds":["ann"]}';
  const others = [other.place, { ...place, catalog: other.place.catalog }, { ...place, type: "team.shrank" }];
  const outcomes = [];
  for (const each of [place, ...others]) outcomes.push(await outcome(each, data));
  expect(outcomes).toEqual(["skipped", "delivered", "delivered", "delivered"]);
});

test("a skipped delivery cannot be redelivered: who switched it off does not get it", async () => {
  const { place } = await notifying();
  await set(place, "ann", false);
  const id = await publishTo(gateway(), place, '{"userIds":["ann"]}');
  expect(await gateway().redeliver(await deliveryIn(gateway(), id, "skipped"))).toBe("skipped");
  expect(await deliveryIn(gateway(), id, "skipped")).toMatchObject({ reason: "preference", attempts: 0 });
});
