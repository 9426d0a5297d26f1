-- An endpoint with a long log is not emptied within one statement: it is marked, is gone for everybody, and the worker removes its rows some thousand
-- at a time, and it with the last of them.
alter table webhook_endpoint add column deleted_at timestamptz;
create index webhook_endpoint_deleted on webhook_endpoint (id) where deleted_at is not null;
grant update (deleted_at) on webhook_endpoint to app;
grant select (deleted_at), delete on webhook_endpoint to app_system;
create policy system_ends on webhook_endpoint for delete to app_system using (deleted_at is not null);

-- What nobody sent within 30 days is given up and says so in the log, instead of vanishing from it.
grant select (ended_at), update (state, ended_at, leased_until) on webhook_delivery to app_system;

-- What is of no document has a lane for each folder, flow, group or person that it is about, so that what a receiver refuses of one holds up no other.
update webhook_delivery w set lane = coalesce(e.payload->>'folderId', e.payload->>'flowId', e.payload->>'groupId', e.payload->>'userId', e.type)
from event e where w.state = 'pending' and w.lane = 'org' and e.org_id = w.org_id and e.id = w.event_id;

-- Who is late is looked for from the endpoints that are at work, by `webhook_delivery_due`.
drop index webhook_delivery_waiting;
