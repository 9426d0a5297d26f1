-- Processes of the release before hand no events over to be counted, and may go on for a while beside those that do: what they wrote is collected again a day later.
alter table analytics_org add column collect_again_at timestamptz;  -- null: that was done
update analytics_org set collect_again_at = now() + interval '1 day';
grant select (collect_again_at) on analytics_org to app_system;
