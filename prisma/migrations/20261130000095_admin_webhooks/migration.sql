-- What administrators of the installation see of webhooks that do not go on: which, whose, why and since when; no address, and nothing that was said.
create policy admin_read on webhook_endpoint for select to app_admin using (true);
grant select (id, org_id, state, paused_why, paused_at, failures, deleted_at) on webhook_endpoint to app_admin;
create policy admin_read on webhook_delivery for select to app_admin using (true);
grant select (id, org_id, endpoint_id, event_type, state, failures, ended_at) on webhook_delivery to app_admin;
create index webhook_delivery_dead on webhook_delivery (ended_at, id) where state = 'dead';
create index webhook_endpoint_paused on webhook_endpoint (paused_at, id) where state = 'paused' and deleted_at is null;
