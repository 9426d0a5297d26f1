-- What administrators set for the whole installation: one row.
create table installation_setting (
  only_one boolean primary key default true check (only_one),
  banner jsonb,
  read_only boolean not null default false,
  changed_by uuid references user_account,
  changed_at timestamptz not null default now()
);
create index installation_setting_changed on installation_setting (changed_by);
insert into installation_setting default values;
grant select (banner, read_only) on installation_setting to app_system;
grant select, update (banner, read_only, changed_by, changed_at) on installation_setting to app_admin;
