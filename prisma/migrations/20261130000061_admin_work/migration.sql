-- What administrators of the installation see of work that does not go on: which, whose, in which state and since when; never of what.
grant select (id, document_id, attempt, stage, reason, state_changed_at) on document_version to app_admin;
create index document_version_ended_badly on document_version (state_changed_at, id) where state in ('failed', 'needs_password');
create policy admin_read on flow_run for select to app_admin using (true);
grant select (id, org_id, document_id, state, reason, state_changed_at, ended_at) on flow_run to app_admin;

-- Deliveries that the relay gave up are put back, or dropped; those that wait are the relay's alone.
create policy admin_read on delivery for select to app_admin using (true);
create policy admin_release on delivery for update to app_admin using (state = 'parked') with check (state = 'pending');
create policy admin_drop on delivery for delete to app_admin using (state = 'parked');
grant select (id, org_id, event_id, subscriber, state, attempts, next_at), update (state, attempts, next_at), delete on delivery to app_admin;
create index delivery_parked on delivery (id) where state = 'parked';

/* The name and code of the errors that deliveries were given up for: their words may be a customer's. */
create function app.delivery_faults(deliveries bigint[]) returns table (id bigint, fault text)
  language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select d.id, substring(d.last_error from '^[A-Za-z_]{1,60}(?: [A-Za-z0-9_.-]{1,60})?(?=:)')
    from public.delivery d where d.id = any (deliveries) and d.state = 'parked'
  $$;
grant create on schema app to app_system;
alter function app.delivery_faults(bigint[]) owner to app_system;
revoke create on schema app from app_system;
revoke all on function app.delivery_faults(bigint[]) from public;
grant execute on function app.delivery_faults(bigint[]) to app_admin;

-- Nothing is deleted while a legal hold stands: that one does is all that is seen of it.
create policy admin_read on retention_hold for select to app_admin using (released_at is null);
grant select (id, org_id, placed_at, released_at) on retention_hold to app_admin;
grant execute on function app.share_deletions(uuid) to app_admin;
