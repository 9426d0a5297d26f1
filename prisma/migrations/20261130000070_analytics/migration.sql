-- Analytics (docs/adr/0032-analytics.md). What happened stands once an event in `analytics_fact`; what is shown is summed from it by days of the
-- organization's time zone in `analytics_day`, and can be built anew from it at any time.
create table analytics_org (
  org_id uuid primary key references org,
  zone text not null default 'UTC',
  words text not null default 'hashed' check (words in ('hashed', 'kept')),
  per_person boolean not null default false,
  generation int not null default 1,     -- of the days that are shown
  building int,                          -- of the days that are being built anew, in another time zone perhaps
  building_zone text,
  built_to bigint,                       -- what is built has the facts up to this event; a later one of these is added to both
  collected_to bigint,                   -- facts of events up to this were made; null: of all, as each event makes its own
  leftover boolean not null default false, -- days of other generations are still there
  check ((building is null) = (building_zone is null) and (building is null) = (built_to is null))
);
grant select, insert, update on analytics_org to app;
insert into analytics_org (org_id, collected_to) select id, 0 from org;
select app.make_tenant_table('analytics_org');

-- Its row also says that the event was counted: handed over twice, it is counted once. Gauges have numbers below nought.
create table analytics_fact (
  org_id uuid not null,
  event_id bigint not null,
  at timestamptz not null,
  facts jsonb not null,
  primary key (org_id, event_id)
);
select app.make_tenant_table('analytics_fact');
grant select, insert on analytics_fact to app;

create table analytics_day (
  org_id uuid not null,
  generation int not null,
  metric text not null,
  day date not null,
  dim text not null,
  bin smallint not null,                 -- of the histogram of what was measured; -1 where nothing was
  n bigint not null,
  total bigint not null,
  peak bigint not null,
  primary key (org_id, generation, metric, day, dim, bin)
);
select app.make_tenant_table('analytics_day');
grant select, insert, update, delete on analytics_day to app;

-- The worker finds by its place what is to be built or collected.
create policy system_places on analytics_org for select to app_system using (true);
grant select (org_id, building, collected_to, leftover) on analytics_org to app_system;

-- How long a version waited for its reading and how long each stage of it took, in milliseconds.
alter table document_version add column waited_ms bigint, add column stage_at timestamptz, add column stage_ms jsonb not null default '{}';

/* What the stages took, with the time since `began` added to this one. */
create function app.stage_spent(spent jsonb, stage text, began timestamptz) returns jsonb language sql volatile parallel safe as $$
  select case when stage is null or began is null then spent else spent || jsonb_build_object(stage,
    coalesce((spent->>stage)::bigint, 0) + greatest(0, (extract(epoch from clock_timestamp() - began) * 1000)::bigint)) end
$$;
revoke all on function app.stage_spent(jsonb, text, timestamptz) from public;
grant execute on function app.stage_spent(jsonb, text, timestamptz) to app;
