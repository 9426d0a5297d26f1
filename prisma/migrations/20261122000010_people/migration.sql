-- Accounts that people make, mend and end by themselves.
alter table user_account drop constraint user_account_status_check;
alter table user_account add constraint user_account_status_check check (status in ('active', 'suspended', 'deleted')),
  add column locale text not null default 'en' check (locale in ('en', 'pt')),
  add column email_verified_at timestamptz;

-- What is good for one use: a link in a mail, the way from the password to the second factor. Spent by one DELETE … RETURNING.
create table one_time_token (
  id text primary key,                   -- SHA-256 of the token; the token itself is never stored
  kind text not null check (kind in ('sign_up', 'password_reset', 'second_factor')),
  user_id uuid references user_account on delete cascade,
  email text,                            -- of a sign-up, which has no account yet
  data jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check (num_nonnulls(user_id, email) = 1)
);
create index one_time_token_user on one_time_token (user_id);
create index one_time_token_email on one_time_token (email);
create index one_time_token_expiry on one_time_token (expires_at);
grant select, insert, delete on one_time_token to app_identity;

create table second_factor (
  user_id uuid primary key references user_account on delete cascade,
  secret bytea not null,                 -- of the codes (RFC 6238), sealed with the secret key
  confirmed_at timestamptz,              -- null: begun, and asks for nothing yet
  last_step bigint not null,             -- the newest step of 30 s whose code was taken; none is taken twice
  created_at timestamptz not null default now()
);
grant select, insert, update, delete on second_factor to app_identity;

create table recovery_code (
  user_id uuid not null references second_factor on delete cascade,
  hash text not null,                    -- SHA-256 of 80 random bits
  primary key (user_id, hash)
);
grant select, insert, delete on recovery_code to app_identity;

-- What happened to an account, for its owner. Attempts on addresses that have no account stand under nobody.
create table security_log (
  id uuid primary key,
  user_id uuid,
  kind text not null,
  address text,
  device text,
  data jsonb not null,
  at timestamptz not null default now()
);
create index security_log_of_user on security_log (user_id, id desc);
grant select, insert on security_log to app_identity;
create trigger append_only before update or delete or truncate on security_log for each statement execute function app.no_change();

/* The same for what happens to a member's keys, inside their organization. Answers whom to write to; nothing for somebody who is no member. */
create function app.note_security(entry uuid, member uuid, what text, from_address text, by_device text, details jsonb)
  returns table (email text, name text, locale text)
  language sql security definer set search_path = pg_catalog, public, app, pg_temp as $$
    with person as (
      select u.id, u.email, u.name, u.locale from public.user_account u
      where u.id = member and exists (select from public.membership m where m.org_id = app.org_id() and m.user_id = u.id)
    ), noted as (
      insert into public.security_log (id, user_id, kind, address, device, data)
      select entry, person.id, what, from_address, by_device, details from person
    )
    select person.email, person.name, person.locale from person
  $$;
revoke all on function app.note_security(uuid, uuid, text, text, text, jsonb) from public;
grant execute on function app.note_security(uuid, uuid, text, text, text, jsonb) to app;

-- An account that ends leaves its organizations with it, in the same unit. Updating is for the lock on the owners alone.
grant delete, update (status) on membership to app_identity;
