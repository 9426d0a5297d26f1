-- An organization that pays by itself: who it is at the payment service, and how fresh what is known of it is. Whoever is going to look it up takes a number
-- first (`asked`); what they found is written unless somebody with a later number has written (`told`).
alter table subscription add column customer_ref text unique, add column subscription_ref text,
  add column asked bigint not null default 0, add column told bigint not null default 0;
create policy system_customers on subscription for select to app_system using (true);
grant select (org_id, customer_ref, provider, status, period_ends_at, trial_ends_at, updated_at) on subscription to app_system;

-- Each event of the payment service is worked through once.
create table billing_event (
  org_id uuid not null references org,
  id text not null,
  at timestamptz not null,
  primary key (org_id, id)
);
select app.make_tenant_table('billing_event');
grant select, insert on billing_event to app;
