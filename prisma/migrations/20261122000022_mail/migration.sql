-- Mail that waits to be sent, and is gone when it was. Recipient, template and data (one-time tokens among them) are sealed with the secret key.
create table mail_message (
  id uuid primary key,
  org_id uuid not null,
  sealed bytea not null,
  created_at timestamptz not null default now()
);
create index mail_message_age on mail_message (created_at);
select app.make_tenant_table('mail_message');
grant select, insert, delete on mail_message to app;

-- What happens to accounts happens before an organization is known. An identity unit may write event, deliveries, audit row and mail of it under the
-- installation's own id, and under no organization's. It reads back only the event it wrote (`returning`), by its numbers.
create function app.platform_id() returns uuid language sql immutable parallel safe as $$ select '00000000-0000-0000-0000-000000000001'::uuid $$;
create policy platform on event for insert to app_identity with check (org_id = app.platform_id());
create policy platform_read on event for select to app_identity using (org_id = app.platform_id());
create policy platform on delivery for insert to app_identity with check (org_id = app.platform_id());
create policy platform on audit for insert to app_identity with check (org_id = app.platform_id());
create policy platform on mail_message for insert to app_identity with check (org_id = app.platform_id());
grant insert (org_id, type, actor_id, document_id, audience, payload, trace_parent), select (id, org_id) on event to app_identity;
grant insert (org_id, event_id, subscriber) on delivery to app_identity;
grant insert (org_id, actor_id, actor_kind, action, subject_type, subject_id, data, request_id) on audit to app_identity;
grant insert (id, org_id, sealed) on mail_message to app_identity;
