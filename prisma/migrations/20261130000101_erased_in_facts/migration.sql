-- Facts name people by their ids. Whoever was erased from an organization is put behind their pseudonym there as well, and those of before this once.
alter table analytics_org add column forget_from bigint default -4611686018427387904;  -- facts up to this event name nobody who was erased; null: no fact does
alter table analytics_org alter column forget_from drop default;
grant select (forget_from) on analytics_org to app_system;
grant update (facts) on analytics_fact to app;
