import type { Statement } from "../store.ts";

export interface CatalogRow {
  /** bigint as text. */
  readonly revision: string;
  /** When it was installed first: one that was deleted and installed again begins at revision 1 once more. */
  readonly made: string;
  /** What the caller has is the newest: the document is not sent again. */
  readonly same: boolean;
  readonly document: string | null;
}

/** ($1 name, $2 the revision and $3 the making that the caller has, or null) → the installed catalog; no row: there is none of that name. */
export const loadCatalog: Statement = {
  name: "load_catalog",
  text: `select c.revision, c.created_at::text as made, h.same, case when not h.same then c.document end as document
    from posthorn.catalogs c cross join lateral (select coalesce(c.revision = $2::bigint and c.created_at::text = $3, false) as same) h
    where c.name = $1`,
};

/** ($1 name) → `known`: whether there is a catalog of that name, installed or not. */
export const catalogExists: Statement = {
  name: "catalog_exists",
  text: "select exists (select 1 from posthorn.catalogs where name = $1) as known",
};

export interface PublishedRow {
  /** bigint as text. */
  readonly revision: string;
  readonly document: string | null;
  readonly schemaUrl: string | null;
  readonly types: readonly {
    readonly name: string;
    readonly enveloped: boolean;
    readonly versions: readonly PublishedVersionRow[];
  }[];
}

export interface PublishedVersionRow {
  readonly version: string;
  /** JSON text. */
  readonly schema: string | null;
  readonly retired: boolean;
}

/** ($1 name) → all that is registered of a catalog, at one moment. */
export const loadPublished: Statement = {
  name: "load_published",
  text: `
    select c.revision, c.document, c.schema_url as "schemaUrl", (
      select coalesce(json_agg(json_build_object('name', t.name, 'enveloped', t.enveloped, 'versions', (
        select coalesce(json_agg(json_build_object('version', v.version, 'schema', v.schema, 'retired', v.retired_at is not null)), '[]')
        from posthorn.event_type_versions v where v.catalog = t.catalog and v.name = t.name))), '[]')
      from posthorn.event_types t where t.catalog = c.name) as types
    from posthorn.catalogs c where c.name = $1`,
};

/** ($1 catalog, $2 JSON text of [{name, versions}]) → for each, in order, `pins`: how many subscriptions get the type in one of the versions. */
export const countPins: Statement = {
  name: "count_pins",
  text: `
    select (select count(*)::integer from json_array_elements_text(i.item -> 'versions') v
      cross join lateral posthorn.pins($1, i.item ->> 'name', v.value) p) as pins
    from json_array_elements($2::text::json) with ordinality i (item, position) order by i.position`,
};

/** ($1 name, $2 revision compared with or null, $3 catalog, $4 its document, $5 types, $6 versions, $7 removed: JSON texts) → the new revision; no row: another was faster. */
export const installCatalog: Statement = {
  name: "install_catalog",
  text: `select revision from posthorn.install_catalog($1, $2::bigint, $3::text::json, $4, $5::text::json, $6::text::json, $7::text::json)`,
};

export interface CatalogSummaryRow {
  readonly catalog: string;
  readonly title: string | null;
  readonly description: string;
  /** bigint as text. */
  readonly revision: string;
  readonly eventTypes: number;
  readonly versions: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const summary = (row: string) => `
  ${row}.name as catalog, ${row}.title, ${row}.description, ${row}.revision, ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt",
  (select count(*)::integer from posthorn.event_types t where t.catalog = ${row}.name) as "eventTypes",
  (select count(*)::integer from posthorn.event_type_versions v where v.catalog = ${row}.name and v.retired_at is null) as versions`;

/** ($1 name behind which, or null; $2 limit), by name. */
export const listCatalogs: Statement = {
  name: "list_catalogs",
  text: `select ${summary("c")} from posthorn.catalogs c where $1::text is null or c.name > $1 order by c.name limit $2`,
};

/** ($1 name) → with its document, JSON text. */
export const getCatalog: Statement = {
  name: "get_catalog",
  text: `select ${summary("c")}, c.document from posthorn.catalogs c where c.name = $1`,
};

/** ($1 name) → `subscriptions`: how many name it, and keep it; null: there is none of that name. */
export const deleteCatalog: Statement = {
  name: "delete_catalog",
  text: `select posthorn.delete_catalog($1)::integer as subscriptions`,
};

/** ($1 catalog, $2 ref) → the schema, JSON text. */
export const getSchema: Statement = {
  name: "get_schema",
  text: `select schema from posthorn.event_type_versions where catalog = $1 and ref = $2 and schema is not null`,
};
