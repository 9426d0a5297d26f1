-- Where an organization is told by HTTP what happens. It hears as its owner reads (docs/adr/0024-webhooks.md); the owner may be a member no more, and
-- then it is paused. Secrets are sealed with the secret key.
create table webhook_endpoint (
  id uuid primary key,
  org_id uuid not null references org,
  owner_id uuid not null,
  url text not null,
  description text not null,
  events text[],                         -- null: every type that may leave
  secret bytea not null,
  old_secret bytea,                      -- signs beside the present one until its time
  old_secret_until timestamptz,
  state text not null default 'active' check (state in ('active', 'paused')),
  paused_why text check (paused_why in ('asked', 'failing', 'gone', 'owner')),
  paused_at timestamptz,
  failures int not null default 0,       -- tries that failed since one was taken
  failing_since timestamptz,
  rest_until timestamptz,                -- nothing is sent before, because nothing is taken
  asleep boolean not null default true,  -- its run waits, or there is none: it must be told of what comes
  created_at timestamptz not null default now(),
  unique (org_id, id),
  check ((state = 'paused') = (paused_why is not null and paused_at is not null)),
  check ((old_secret is null) = (old_secret_until is null))
);
create index webhook_endpoint_list on webhook_endpoint (org_id, created_at desc, id desc);
create index webhook_endpoint_owner on webhook_endpoint (org_id, owner_id);
select app.make_tenant_table('webhook_endpoint');
grant select, delete on webhook_endpoint to app;
grant insert (id, org_id, owner_id, url, description, events, secret, created_at) on webhook_endpoint to app;
grant update (owner_id, url, description, events, secret, old_secret, old_secret_until, state, paused_why, paused_at, failures, failing_since, rest_until, asleep)
  on webhook_endpoint to app;

-- One row for each event and endpoint, which is what is true of it; what is sent is made of the event each time. `lane`: what is sent in order, the
-- document or all that is of none; what is sent again by hand has a lane of its own.
create table webhook_delivery (
  id uuid primary key,
  org_id uuid not null,
  endpoint_id uuid not null,
  event_id bigint not null,
  event_type text not null,
  lane text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  tries int not null default 0,          -- counts every claim and fences what it writes
  failures int not null default 0,       -- since it was noted, or asked for again
  first_tried_at timestamptz,
  next_at timestamptz not null,
  leased_until timestamptz,
  attempts jsonb not null default '[]',
  response text,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (org_id, event_id, endpoint_id),
  check ((state = 'pending') = (ended_at is null)),
  foreign key (org_id, endpoint_id) references webhook_endpoint (org_id, id) on delete cascade,
  foreign key (org_id, event_id) references event (org_id, id)
);
create index webhook_delivery_list on webhook_delivery (org_id, endpoint_id, created_at desc, id desc);
create index webhook_delivery_lane on webhook_delivery (org_id, endpoint_id, lane, event_id) where state = 'pending';
create index webhook_delivery_due on webhook_delivery (org_id, endpoint_id, next_at, event_id) where state = 'pending';
create index webhook_delivery_waiting on webhook_delivery (next_at) where state = 'pending';
create index webhook_delivery_age on webhook_delivery (created_at);
select app.make_tenant_table('webhook_delivery');
grant select, delete on webhook_delivery to app;
grant insert (id, org_id, endpoint_id, event_id, event_type, lane, next_at, created_at) on webhook_delivery to app;
grant update (lane, state, tries, failures, first_tried_at, next_at, leased_until, attempts, response, ended_at) on webhook_delivery to app;

-- An event that the relay has not handed over yet comes before a later one of its document, whichever of the two was noted first.
create index delivery_of_webhooks on delivery (org_id, event_id) where subscriber = 'webhooks.note';
grant select (org_id, event_id, subscriber, state) on delivery to app;

-- The worker finds by their places what nobody sends, and removes what is old; of what was sent, and where to, it sees nothing.
create policy system_places on webhook_endpoint for select to app_system using (true);
grant select (org_id, id, state, rest_until) on webhook_endpoint to app_system;
create policy system_places on webhook_delivery to app_system using (true);
grant select (org_id, id, endpoint_id, state, next_at, created_at), delete on webhook_delivery to app_system;

-- Whoever accepts an invitation becomes a member in an identity unit, and webhooks are told of that as well. By name, since a policy does not see the
-- event that is written in the same statement; the foreign key leaves such a unit no event of an organization but that one.
create policy joined on delivery for insert to app_identity with check (subscriber = 'webhooks.note');
