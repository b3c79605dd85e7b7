import type { Statement } from "../store.ts";

export interface CatalogRow {
  /** bigint as text. */
  readonly revision: string;
  /** The caller's revision is the newest: the document is not sent again. */
  readonly same: boolean;
  readonly document: string | null;
}

/** ($1 name, $2 the revision that the caller has, or null) → the installed catalog; no row: there is none of that name. */
export const loadCatalog: Statement = {
  name: "load_catalog",
  text: `select revision, coalesce(revision = $2::bigint, false) as same, case when revision is distinct from $2::bigint then document end as document
    from posthorn.catalogs where name = $1`,
};

/** ($1 name) → `known`: whether there is a catalog of that name, installed or not. */
export const catalogExists: Statement = {
  name: "catalog_exists",
  text: "select exists (select 1 from posthorn.catalogs where name = $1) as known",
};
