-- What is switched off, by name: { "<name>": { "on": false, "orgs": { "<organization>": true } } }. What is not named is on.
alter table installation_setting add column switches jsonb not null default '{}';
grant select (switches) on installation_setting to app_system;
grant select (switches), update (switches) on installation_setting to app_admin;
create policy admin_switch on audit for insert to app_admin with check (action = 'admin.switch-set');
