-- The bytes that a run's outcome is about: what its end does is done to these and to no others. Null: it is not over, or ended before this was kept.
alter table flow_run add column final_sha256 text check (final_sha256 ~ '^[0-9a-f]{64}$');
grant update (final_sha256) on flow_run to app;
