-- A row for each bin of a histogram, and one a day for each person, were what a year's figures read most of (docs/adr/0032-analytics.md). A histogram
-- is an array in the row of what it is of, and the days of a month on which somebody was active are the bits of a number.
drop table analytics_day;
drop table analytics_month;

create table analytics_day (
  org_id uuid not null,
  generation int not null,
  metric text not null,
  day date not null,
  dim text not null,
  n bigint not null,
  total bigint not null,
  peak bigint not null,
  bins int[],                            -- how many by the bin of their time, from the first bin that has any to the last; null: not measured
  primary key (org_id, generation, metric, day, dim)
);
select app.make_tenant_table('analytics_day');
grant select, insert, update, delete on analytics_day to app;

create table analytics_month (
  org_id uuid not null,
  generation int not null,
  metric text not null,
  month date not null,                   -- its first day
  dim text not null,
  n bigint not null,
  total bigint not null,
  peak bigint not null,
  bins int[],
  primary key (org_id, generation, metric, month, dim)
);
select app.make_tenant_table('analytics_month');
grant select, insert, update, delete on analytics_month to app;

create table analytics_person (
  org_id uuid not null,
  generation int not null,
  month date not null,
  person text not null,
  days int not null,                     -- bit 0: active on the first day of the month, and so on
  primary key (org_id, generation, month, person)
);
select app.make_tenant_table('analytics_person');
grant select, insert, update, delete on analytics_person to app;

/* The histogram with `n` more in this bin. Null: none yet. */
create function app.add_bin(held int[], bin int, n bigint) returns int[] language plpgsql immutable parallel safe as $$ begin
  if bin is not null then held[bin] := coalesce(held[bin], 0) + n; end if;
  return held;
end $$;
/* Both as one. What was written later is mostly a bin or two, so that is what is gone through. */
create function app.add_bins(held int[], more int[]) returns int[] language plpgsql immutable parallel safe as $$ begin
  if held is null or more is null then return coalesce(held, more); end if;
  for bin in array_lower(more, 1) .. array_upper(more, 1) loop
    if more[bin] is not null then held[bin] := coalesce(held[bin], 0) + more[bin]; end if;
  end loop;
  return held;
end $$;
create aggregate app.histogram(int, bigint) (sfunc = app.add_bin, stype = int[]);
create aggregate app.sum_bins(int[]) (sfunc = app.add_bins, stype = int[]);
revoke all on function app.add_bin(int[], int, bigint), app.add_bins(int[], int[]), app.histogram(int, bigint), app.sum_bins(int[]) from public;
grant execute on function app.add_bin(int[], int, bigint), app.add_bins(int[], int[]), app.histogram(int, bigint), app.sum_bins(int[]) to app;

-- Everything is built anew from the facts, and shown once it is. By rewriting the columns, for an owner who is no superuser can update no row behind the wall.
alter table analytics_org
  alter column building type int using greatest(generation, building) + 1,
  alter column building_zone type text using coalesce(building_zone, zone),
  alter column built_to type bigint using -4611686018427387904;
