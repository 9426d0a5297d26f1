-- Processes of the release before hand no events over to be counted, and may go on for a while beside those that do: what they wrote is collected again a day later.
-- By a default, for an owner who is no superuser can update no row behind the wall.
alter table analytics_org add column collect_again_at timestamptz default now() + interval '1 day';  -- null: that was done
alter table analytics_org alter column collect_again_at drop default;
grant select (collect_again_at) on analytics_org to app_system;
