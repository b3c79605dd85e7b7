-- Installing catalogs: one statement each, so that a half-installed catalog never exists.

-- Writes a catalog's document and its types. `p_base` is the fence: the revision that was compared with the document; null: there was no
-- such catalog. `p_catalog`: {title, description, naming, schemaUrl}. `p_types`: {name, description, category, deprecated, ruled}.
-- `p_versions`: {name, version, ref, schema, example, position}. `p_removed`: {name, version?} of what goes; without a version the whole type.
-- Returns no row when another was faster. A type has a new revision only where something of it changed: publishers validate again.
create function posthorn.install_catalog(p_name text, p_base bigint, p_catalog json, p_document text, p_types json, p_versions json, p_removed json)
returns table (revision bigint)
language plpgsql as $$
declare
  v_now constant timestamptz := posthorn.now();
  v_versions posthorn.event_type_versions[];
  v_changed text[];
begin
  if p_base is null then
    insert into posthorn.catalogs as c (name, title, description, naming, document, schema_url)
      values (p_name, p_catalog ->> 'title', p_catalog ->> 'description', p_catalog ->> 'naming', p_document, p_catalog ->> 'schemaUrl')
      on conflict do nothing returning c.revision into revision;
  else
    update posthorn.catalogs c set title = p_catalog ->> 'title', description = p_catalog ->> 'description', naming = p_catalog ->> 'naming',
      document = p_document, schema_url = p_catalog ->> 'schemaUrl', revision = c.revision + 1, updated_at = v_now
      where c.name = p_name and c.revision = p_base returning c.revision into revision;
  end if;
  if not found then return; end if;

  -- Read once: a catalog may have megabytes of schemas.
  select array_agg(v) into v_versions from json_populate_recordset(null::posthorn.event_type_versions, p_versions) v;
  select array(
    select w.name from json_to_recordset(p_types) as w (name text, description text, category text, deprecated boolean, ruled boolean)
      left join posthorn.event_types t on t.catalog = p_name and t.name = w.name
      where t.name is null or (t.description, t.category, t.deprecated, t.ruled, t.enveloped, t.has_schema)
        is distinct from (w.description, w.category, w.deprecated, w.ruled, true, true)
    union
    select v.name from unnest(v_versions) v left join posthorn.event_type_versions x on x.catalog = p_name and x.name = v.name and x.version = v.version
      where x.version is null or (x.ref, x.schema, x.example, x.position) is distinct from (v.ref, v.schema, v.example, v.position)
    union
    select r.name from json_to_recordset(p_removed) as r (name text, version text)
    union
    -- Registered on their own, before the catalog had an envelope.
    select t.name from posthorn.event_types t where t.catalog = p_name and not t.enveloped
  ) into v_changed;

  delete from posthorn.event_types t using json_to_recordset(p_removed) as r (name text, version text)
    where t.catalog = p_name and t.name = r.name and r.version is null;
  delete from posthorn.event_type_versions v using json_to_recordset(p_removed) as r (name text, version text)
    where v.catalog = p_name and v.name = r.name and v.version = r.version;
  update posthorn.event_types t set enveloped = true, revision = t.revision + 1, updated_at = v_now
    where t.catalog = p_name and t.name = any (v_changed);
  insert into posthorn.event_types as t (catalog, name, description, category, deprecated, ruled, has_schema, enveloped)
    select p_name, w.name, w.description, w.category, w.deprecated, w.ruled, true, true
    from json_to_recordset(p_types) as w (name text, description text, category text, deprecated boolean, ruled boolean)
    where w.name = any (v_changed) order by w.name
    on conflict (catalog, name) do update set description = excluded.description, category = excluded.category, deprecated = excluded.deprecated,
      ruled = excluded.ruled, has_schema = true;

  -- Versions are in the order of their moments, then of their positions: one that comes between two older ones takes the moment of the next.
  insert into posthorn.event_type_versions as x (catalog, name, version, ref, schema, example, position, created_at)
    select p_name, v.name, v.version, v.ref, v.schema, v.example, v.position,
      coalesce(min(v.there) over (partition by v.name order by v.position rows between 1 following and unbounded following), v_now)
    from (
      select v.name, v.version, v.ref, v.schema, v.example, v.position, x.created_at as there
      from unnest(v_versions) v
      left join posthorn.event_type_versions x on x.catalog = p_name and x.name = v.name and x.version = v.version
      where v.name = any (v_changed)
    ) v
    on conflict (catalog, name, version) do update set ref = excluded.ref, schema = excluded.schema, example = excluded.example,
      position = excluded.position, updated_at = v_now
      where (x.ref, x.schema, x.example, x.position) is distinct from (excluded.ref, excluded.schema, excluded.example, excluded.position);
  return next;
end $$;
--> statement-breakpoint

-- Subscriptions that get a type in this version.
create function posthorn.pins(p_catalog text, p_name text, p_version text) returns setof posthorn.subscriptions language sql stable as $$
  select s.* from posthorn.subscriptions s
  where s.version = p_version and s.catalog = p_catalog
    and (p_name = any (s.exact_types) or exists (select 1 from unnest(s.prefixes) p where starts_with(p_name, p)))
$$;
--> statement-breakpoint

-- Deletes a catalog with its types, unless subscriptions name it: who subscribes meanwhile waits for its row. Returns how many do; null: there
-- is no such catalog.
create function posthorn.delete_catalog(p_name text) returns bigint language plpgsql as $$
declare
  v_subscriptions bigint;
begin
  perform 1 from posthorn.catalogs where name = p_name for update;
  if not found then return null; end if;
  select count(*) into v_subscriptions from posthorn.subscriptions where catalog = p_name;
  if v_subscriptions = 0 then
    delete from posthorn.event_types where catalog = p_name;
    delete from posthorn.catalogs where name = p_name;
  end if;
  return v_subscriptions;
end $$;
--> statement-breakpoint

-- Nothing is published in the version any more, unless subscriptions pin it. Returns how many do; null: there is no such version.
create function posthorn.retire_version(p_catalog text, p_name text, p_version text) returns bigint language plpgsql as $$
declare
  v_pins bigint;
begin
  -- Installing locks the catalog first, too.
  perform 1 from posthorn.catalogs where name = p_catalog for update;
  perform 1 from posthorn.event_type_versions where catalog = p_catalog and name = p_name and version = p_version for update;
  if not found then return null; end if;
  select count(*) into v_pins from posthorn.pins(p_catalog, p_name, p_version);
  if v_pins > 0 then return v_pins; end if;
  update posthorn.event_type_versions set retired_at = posthorn.now()
    where catalog = p_catalog and name = p_name and version = p_version and retired_at is null;
  if found then
    update posthorn.event_types set revision = revision + 1, updated_at = posthorn.now() where catalog = p_catalog and name = p_name;
    update posthorn.catalogs set revision = revision + 1 where name = p_catalog and document is not null;
  end if;
  return 0;
end $$;
