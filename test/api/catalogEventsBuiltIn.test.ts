import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envelopeFor, exampleDocument, placeOf } from "#domain/catalog/envelope.ts";
import { installFixture } from "#test/catalogs.ts";
import { createPublishingApi, textOf, type PublishingApi } from "#test/publishing.ts";
import { readCatalog } from "../catalogs/support.ts";
import { fresh } from "./shop.ts";

const names = readdirSync("src/catalogs").flatMap((file) => (file.endsWith(".yaml") ? [file.slice(0, -5)] : []));
const catalogs = names.map((name) => readCatalog(name));

let api: PublishingApi;
beforeAll(async () => {
  api = await createPublishingApi();
  for (const catalog of catalogs) await installFixture((text, values) => api.rows(text, values), catalog);
});
afterAll(() => api.close());

describe.each(catalogs)("the catalog $catalog", (catalog) => {
  test.each(
    catalog.types
      .filter((type) => type.gateway !== true)
      .flatMap((type) => type.versions.map((version) => ({ type, version, name: type.name, of: version.version }))),
  )("takes its example of $name, $of, natively, and keeps the bytes", async ({ type, version }) => {
    const envelope = envelopeFor(catalog, type.name);
    const example = exampleDocument(catalog, type, version);
    // Every example has the same id.
    const id = placeOf(envelope, example, "id");
    const text = id === null ? example : `${example.slice(0, id.start)}"${fresh("e")}"${example.slice(id.end)}`;
    const query = placeOf(envelope, example, "type") === null ? `?type=${type.name}` : "";
    const answer = await api.call("POST", `/v1/catalogs/${catalog.catalog}/events${query}`, text);
    expect(answer).toMatchObject({ status: 202, json: { type: type.name } });
    const [row] = await api.rows(
      "select native, version from posthorn.events where external_id = $1 or posthorn.type_id('evt', id) = $1",
      [textOf(answer, "id")],
    );
    expect(row).toEqual({ native: text, version: version.version });
  });
});
