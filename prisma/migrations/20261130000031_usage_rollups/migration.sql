-- Acts are added up by the hour in which they were done. Whatever comes late, corrections too, is added to the hour it belongs to when it is found; what an
-- act says is never changed, only that it was added up.
alter table usage_entry add column rolled boolean not null default false;
create index usage_entry_waiting on usage_entry (org_id, id) where not rolled;
create policy system_rolls on usage_entry to app_system using (true) with check (true);
grant select (id, org_id, kind, amount, at, rolled), update (rolled) on usage_entry to app_system;

create table usage_rollup (
  org_id uuid not null references org,
  meter text not null,
  hour timestamptz not null,
  amount bigint not null,
  entries int not null,
  revision int not null default 1,       -- how often the hour was added to
  primary key (org_id, meter, hour)
);
select app.make_tenant_table('usage_rollup');
grant select on usage_rollup to app;
create policy system_rolls on usage_rollup to app_system using (true) with check (true);
grant select, insert, update on usage_rollup to app_system;

-- What is handed to whoever bills: a line for each time an hour was added to, in the transaction that did it. Lines are never changed.
create table usage_bill (
  org_id uuid not null references org,
  meter text not null,
  hour timestamptz not null,
  revision int not null,
  amount bigint not null,
  primary key (org_id, meter, hour, revision)
);
select app.make_tenant_table('usage_bill');
grant select on usage_bill to app;
create policy system_rolls on usage_bill to app_system using (true) with check (true);
grant insert on usage_bill to app_system;
