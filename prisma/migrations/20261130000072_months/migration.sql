-- The same sums by month: of a year, months are read, and days where a month is not asked for as a whole.
create table analytics_month (
  org_id uuid not null,
  generation int not null,
  metric text not null,
  month date not null,                   -- its first day
  dim text not null,
  bin smallint not null,
  n bigint not null,
  total bigint not null,
  peak bigint not null,
  primary key (org_id, generation, metric, month, dim, bin)
);
select app.make_tenant_table('analytics_month');
grant select, insert, update, delete on analytics_month to app;

-- What was counted before there were months is built anew.
update analytics_org set building = generation + 1, building_zone = zone, built_to = -4611686018427387904 where building is null;
