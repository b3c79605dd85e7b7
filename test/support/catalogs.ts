import type { QueryResultRow } from "pg";
import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { refOf } from "#domain/catalog/envelope.ts";

type Rows = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Puts a catalog's rows where installing it would, unchecked. */
export async function installFixture(rows: Rows, document: CatalogDocument): Promise<void> {
  const { catalog, title, naming, definitions = {}, types } = document;
  await rows(
    `insert into posthorn.catalogs (name, description, title, document, naming, schema_url) values ($1, $2, $2, $3, $4, $5)
     on conflict (name) do update set document = excluded.document, revision = posthorn.catalogs.revision + 1`,
    [
      catalog,
      title,
      JSON.stringify(document),
      naming.pattern,
      `https://hooks.example.com/v1/catalogs/${catalog}/schemas/`,
    ],
  );
  for (const type of types) {
    const ruled =
      [type.throttle, type.preference, type.derives].some((rule) => rule !== undefined) ||
      type.versions.some((version) => version.deprecated !== undefined);
    await rows(
      `insert into posthorn.event_types (catalog, name, has_schema, enveloped, ruled) values ($1, $2, true, true, $3)
       on conflict (catalog, name) do update set ruled = excluded.ruled, revision = posthorn.event_types.revision + 1`,
      [catalog, type.name, ruled],
    );
    for (const [position, version] of type.versions.entries()) {
      const schema = JSON.stringify(withDefinitions(version.schema, definitions));
      await rows(
        `insert into posthorn.event_type_versions (catalog, name, version, schema, example, position, ref) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (catalog, name, version) do update set schema = excluded.schema, example = excluded.example`,
        [
          catalog,
          type.name,
          version.version,
          schema,
          JSON.stringify(version.example),
          position,
          refOf(type.name, version),
        ],
      );
    }
  }
}
