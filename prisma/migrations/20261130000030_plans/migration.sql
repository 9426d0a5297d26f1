-- What an organization may use. No row: the plan of the installation. What a row comes to at a moment is decided in one place
-- (`entitlements.policy.ts`); here stand facts alone.
create table subscription (
  org_id uuid primary key references org,
  plan text not null,
  status text not null default 'active' check (status in ('active', 'trialing', 'past_due', 'ended')),
  provider text not null default 'manual' check (provider in ('manual', 'stripe')),
  overrides jsonb not null default '{}',
  next_plan text,                        -- from the end of the period on
  period_ends_at timestamptz,
  trial_ends_at timestamptz,
  past_due_since timestamptz,
  updated_at timestamptz not null default now(),
  check ((status = 'past_due') = (past_due_since is not null)),
  check (status <> 'trialing' or trial_ends_at is not null),
  check (next_plan is null or period_ends_at is not null)
);
select app.make_tenant_table('subscription');
grant select, insert, update on subscription to app;

-- Each metered act once, under its key. A correction is one more row, with a negative amount where something is given back; nothing is ever edited.
alter table usage_entry add column key text not null default gen_random_uuid()::text;
alter table usage_entry alter column key drop default;
create unique index usage_entry_key on usage_entry (org_id, key);
-- What of the storage a document takes is given back when it is deleted.
create index usage_entry_stored on usage_entry (org_id, document_id) where kind = 'bytes';
revoke insert on usage_entry from app;
grant insert (org_id, kind, amount, document_id, key, at) on usage_entry to app;

-- How much of a limit is used: one row for each meter and month ('standing' for what stands), only where there is a limit. It is changed by one conditional
-- update in the transaction of the act, so that whoever comes second waits there and sees what the first did.
create table usage_counter (
  org_id uuid not null references org,
  meter text not null,
  period text not null,
  used bigint not null,
  warned int not null default 0,         -- the share of the limit, in percent, that was last told
  primary key (org_id, meter, period)
);
select app.make_tenant_table('usage_counter');
grant select, insert, update, delete on usage_counter to app;

/*
 * Writes acts down, those under new keys, and answers how much of each kind that was, with the organization's subscription. Who changes the plan waits until
 * the units that asked here have ended, and the other way round: nobody counts by a plan that is not the present one.
 */
create function app.record_usage(p_uses jsonb) returns jsonb language plpgsql as $$
declare v_recorded jsonb; v_subscription jsonb;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('subscriptions.plan:' || app.org_id(), 0));
  -- Statements of their own, which see what was committed while the first one waited.
  with recorded as (
    insert into usage_entry (org_id, kind, amount, document_id, key, at)
    select app.org_id(), u.kind, u.amount, u.document_id, u.key, u.at
    from jsonb_to_recordset(p_uses) as u (kind text, amount bigint, document_id uuid, key text, at timestamptz)
    order by u.key
    on conflict (org_id, key) do nothing returning kind, amount
  )
  select jsonb_object_agg(kind, amount) into v_recorded from (select kind, sum(amount) as amount from recorded group by kind) by_kind;
  select to_jsonb(s) into v_subscription from subscription s where s.org_id = app.org_id();
  return jsonb_build_object('recorded', coalesce(v_recorded, '{}'), 'subscription', v_subscription);
end $$;
revoke all on function app.record_usage(jsonb) from public;
grant execute on function app.record_usage(jsonb) to app;
