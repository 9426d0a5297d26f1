-- Checks of storage and index of the whole installation: by ids and counts, no word of anybody's.
create table installation_check (
  id uuid primary key,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'cancelled')),
  hash boolean not null,
  cancel_asked boolean not null default false,
  asked_by uuid not null references user_account,
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  -- Where it is: the organization that is looked at, and the last of its bytes; null once these are done.
  at_org uuid,
  at_blob text,
  -- Counts the steps, so that each is written once however often it is tried.
  step int not null default 0,
  orgs_done int not null default 0,
  orgs_total int not null default 0,
  blobs bigint not null default 0,
  counts jsonb not null default '{}',
  differences jsonb not null default '[]',
  check ((ended_at is not null) = (state in ('done', 'cancelled')))
);
create unique index installation_check_open on installation_check ((true)) where state in ('queued', 'running');
create index installation_check_newest on installation_check (asked_at desc, id desc);
create index installation_check_asked on installation_check (asked_by);
grant select, insert (id, hash, asked_by),
  update (state, cancel_asked, started_at, ended_at, at_org, at_blob, step, orgs_done, orgs_total, blobs, counts, differences) on installation_check to app_admin;
