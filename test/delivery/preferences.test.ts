import { expect, test } from "vitest";
import { deliveryIn, receiverOfTest, useDeliveringGateway } from "#test/delivering.ts";
import { catalogOf, install, publishTo, typeOf } from "./catalogs.ts";

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
  await deliveryIn(gateway(), await publishTo(gateway(), place, '{"userIds":["bob"]}'), "skipped");
  await deliveryIn(gateway(), await publishTo(gateway(), place, '{"userIds":"ann"}'), "delivered");
});

test("the user may stand in the envelope; an event that concerns nobody is sent", async () => {
  const { place } = await notifying("disabled");
  await deliveryIn(gateway(), await publishTo(gateway(), place, "{}", { userId: "ann" }), "skipped");
  await deliveryIn(gateway(), await publishTo(gateway(), place, "{}"), "delivered");
});

test("another tenant's, another catalog's and another type's events are not asked about", async () => {
  const { place } = await notifying();
  const other = await notifying();
  await set(place, "ann", false);
  const data = '{"userIds":["ann"]}';
  await deliveryIn(gateway(), await publishTo(gateway(), place, data), "skipped");
  await deliveryIn(gateway(), await publishTo(gateway(), other.place, data), "delivered");
  const inOtherCatalog = { ...place, catalog: other.place.catalog };
  await deliveryIn(gateway(), await publishTo(gateway(), inOtherCatalog, data), "delivered");
  await deliveryIn(gateway(), await publishTo(gateway(), { ...place, type: "team.shrank" }, data), "delivered");
});

test("a skipped delivery can be sent by a person all the same", async () => {
  const { receiver, place } = await notifying();
  await set(place, "ann", false);
  const id = await publishTo(gateway(), place, '{"userIds":["ann"]}');
  await gateway().redeliver(await deliveryIn(gateway(), id, "skipped"));
  expect(await deliveryIn(gateway(), id, "delivered")).toMatchObject({ reason: null, attempts: 1 });
  expect(receiver.requests).toHaveLength(1);
});
