import type { Statement } from "../store.ts";

const type = (row: string) => `
  ${row}.catalog, ${row}.name, ${row}.description, ${row}.category, ${row}.deprecated, ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

const version = (row: string) =>
  `${row}.version, ${row}.ref, ${row}.schema, ${row}.example, ${row}.retired_at as "retiredAt", ${row}.created_at as "createdAt", ${row}.updated_at as "updatedAt"`;

/** An installed catalog has a new revision with each change of what is registered in it: installing compares with all of it. */
const reviseCatalog = (changed: string) => `
  update posthorn.catalogs c set revision = c.revision + 1 from ${changed} where c.name = ${changed}.catalog and c.document is not null`;

/** No row: no such catalog. A row without a name: the type exists already. $6: its first version, where one is given. */
export const createEventType: Statement = {
  name: "create_event_type",
  text: `
    with made as (
      insert into posthorn.event_types (catalog, name, description, category, deprecated, has_schema, enveloped)
      select name, $2::text, $3::text, $4::text, $5::boolean, $7::text is not null, document is not null from posthorn.catalogs where name = $1
      on conflict (catalog, name) do nothing
      returning *
    ), versioned as (
      insert into posthorn.event_type_versions (catalog, name, version, schema, example)
      select catalog, name, $6::text, $7::text, $8::text from made where $6 is not null
    ), revised as (${reviseCatalog("made")}
    )
    select ${type("made")} from posthorn.catalogs c left join made on true where c.name = $1`,
};

export const getEventType: Statement = {
  name: "get_event_type",
  text: `select ${type("t")} from posthorn.event_types t where catalog = $1 and name = $2`,
};

/** $3: counts the subscriptions of this tenant alone. */
export const listVersions: Statement = {
  name: "list_event_type_versions",
  text: `
    select ${version("v")}, (
      select count(*)::integer from posthorn.pins(v.catalog, v.name, v.version) s where $3::text is null or s.tenant_id = $3) as "pinnedBy"
    from posthorn.event_type_versions v where catalog = $1 and name = $2
    order by created_at desc, position desc, version desc limit 100`,
};

/** By catalog and name, behind ($2, $3). */
export const listEventTypes: Statement = {
  name: "list_event_types",
  text: `
    select ${type("t")}, (
      select coalesce(array_agg(v.version order by v.created_at desc, v.position desc, v.version desc), '{}')
      from posthorn.event_type_versions v where v.catalog = t.catalog and v.name = t.name and v.retired_at is null) as versions
    from posthorn.event_types t
    where ($1::text is null or catalog = $1) and ($2::text is null or (catalog, name) > ($2, $3::text))
    order by catalog, name limit $4`,
};

/** Only the fields that $3 names change. */
export const updateEventType: Statement = {
  name: "update_event_type",
  text: `
    update posthorn.event_types t set
      description = case when 'description' = any ($3::text[]) then $4 else description end,
      category = case when 'category' = any ($3::text[]) then $5 else category end,
      deprecated = case when 'deprecated' = any ($3::text[]) then $6::boolean else deprecated end,
      updated_at = posthorn.now()
    where catalog = $1 and name = $2 returning ${type("t")}`,
};

/** Its versions go with it; events that were accepted stay. */
export const deleteEventType: Statement = {
  name: "delete_event_type",
  text: `
    with gone as (delete from posthorn.event_types where catalog = $1 and name = $2 returning catalog, name), revised as (${reviseCatalog("gone")}
    ) select name from gone`,
};

/**
 * A version's schema never changes, so what was validated stays valid; its example may. No row: no such type. A row without a version:
 * there is one with another schema, or $6 versions. A new version makes a new revision, which tells publishers to validate again.
 */
export const putVersion: Statement = {
  name: "put_event_type_version",
  text: `
    with type as (
      select catalog, name, (select count(*) from posthorn.event_type_versions v where v.catalog = t.catalog and v.name = t.name and v.version <> $3) as others
      from posthorn.event_types t where catalog = $1 and name = $2 for update
    ), put as (
      insert into posthorn.event_type_versions as v (catalog, name, version, schema, example)
      select catalog, name, $3::text, $4::text, $5::text from type where others < $6::integer
      on conflict (catalog, name, version) do update set example = excluded.example, updated_at = posthorn.now()
        where v.schema is not distinct from excluded.schema
      returning v.*, v.xmax = 0 as created
    ), revised as (
      update posthorn.event_types t set revision = t.revision + 1, has_schema = t.has_schema or put.schema is not null, updated_at = posthorn.now()
      from put where put.created and t.catalog = put.catalog and t.name = put.name
    ), fresh as (select catalog from put where created), catalog_revised as (${reviseCatalog("fresh")}
    )
    select ${version("put")}, (select count(*)::integer from posthorn.pins($1, $2, $3)) as "pinnedBy", put.created, type.others::integer
    from type left join put on true`,
};

/** ($1 catalog, $2 name, $3 version) → `pins`: how many subscriptions pin it, and keep it; null: there is no such version. */
export const retireVersion: Statement = {
  name: "retire_event_type_version",
  text: `select posthorn.retire_version($1, $2, $3)::integer as pins`,
};

export interface PinRow {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly eventTypes: readonly string[];
  readonly createdAt: Date;
}

/** ($1 catalog, $2 name, $3 version, $4 id behind which, or null, $5 limit), newest first; a row without an id: there is no such version. */
export const listPins: Statement = {
  name: "list_pins",
  text: `
    select s.id, s.tenant_id as "tenantId", s.endpoint_id as "endpointId", s.event_types as "eventTypes", s.created_at as "createdAt"
    from posthorn.event_type_versions v left join lateral (
      select * from posthorn.pins(v.catalog, v.name, v.version) p where $4::uuid is null or p.id < $4 order by p.id desc limit $5) s on true
    where v.catalog = $1 and v.name = $2 and v.version = $3 order by s.id desc`,
};
