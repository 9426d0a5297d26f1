-- By what somebody came in. At most one of session and key; neither for the product itself.
alter table audit add column session_id uuid, add column key_id uuid, add column address text;
grant insert (session_id, key_id, address) on audit to app, app_identity;

-- One seal for some rows of one organization in the order (xid, id): it numbers them without a gap, from `first_seq`, holds the hash of each, and
-- is chained to the seal before. `mac` is by a key that the database does not have. See docs/adr/0019-audit-chain.md.
create table audit_seal (
  org_id uuid not null,
  number bigint not null,
  first_seq bigint not null,
  row_count int not null check (row_count > 0),
  last_xid xid8 not null,
  last_id bigint not null,
  row_ids bigint[] not null,
  row_hashes bytea not null,              -- SHA-256 of each, one behind the other
  previous bytea not null,
  hash bytea not null,
  mac bytea not null,
  at timestamptz not null,
  primary key (org_id, number)
);
create index audit_seal_place on audit_seal (org_id, last_xid, last_id);
select app.make_tenant_table('audit_seal');
grant select, insert on audit_seal to app;
create trigger append_only before update or delete or truncate on audit_seal for each statement execute function app.no_change();

-- A signed statement that the chain had come to this seal. It outlives the seal: where that one is gone, it is what tells.
create table audit_checkpoint (
  org_id uuid not null,
  seal_number bigint not null,
  key_id text not null,
  signature bytea not null,
  at timestamptz not null,
  primary key (org_id, seal_number, key_id)
);
select app.make_tenant_table('audit_checkpoint');
grant select, insert on audit_checkpoint to app;
create trigger append_only before update or delete or truncate on audit_checkpoint for each statement execute function app.no_change();

-- The worker finds by places alone which organizations have rows to seal; it sees what they say only as the organization itself.
create index audit_feed on audit (xid, org_id);
create policy system_places on audit for select to app_system using (true);
grant select (org_id, xid, id, at) on audit to app_system;
create policy system_places on audit_seal for select to app_system using (true);
grant select (org_id, number, last_xid, last_id, at) on audit_seal to app_system;
create policy system_places on audit_checkpoint for select to app_system using (true);
grant select (org_id, seal_number, at) on audit_checkpoint to app_system;
