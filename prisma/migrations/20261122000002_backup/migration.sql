-- The place of an event is its transaction id plus an offset. In another cluster transaction ids begin again, so a restore raises the offset past
-- every place that was ever given out (by replacing this function); 0 where nothing was restored. See docs/adr/0015-backup-and-restore.md.
create function app.feed_offset() returns bigint language sql stable parallel safe as $$ select 0::bigint $$;
create function app.feed_xid() returns xid8 language sql volatile as $$
  select (pg_current_xact_id()::text::bigint + app.feed_offset())::text::xid8
$$;
-- The oldest transaction still running, as a place: nothing can appear below it any more.
create function app.feed_horizon() returns xid8 language sql stable parallel restricted as $$
  select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + app.feed_offset())::text::xid8
$$;
alter table event alter column xid set default app.feed_xid();
alter table audit alter column xid set default app.feed_xid();

-- While a row's time has not come no stored bytes are removed: a backup reads bytes that its view of the rows names, after the rows may be gone.
-- Written by the migration user alone; `until` lies ahead by minutes and is renewed, so that a backup that died holds nothing for long.
create table blob_hold (
  id uuid primary key,
  until timestamptz not null
);
grant select on blob_hold to app_system;
