-- Whoever releases a document agrees to the end of what it holds then, by the rule as it stands then. A release of before this, of which neither is known, is wanted anew.
alter table retention_release
  add column version_id uuid,            -- no key: a release of a version that is not the present one lets nothing go
  add column rule_set_at timestamptz;
grant update (wanted_at, version_id, rule_set_at) on retention_release to app;
