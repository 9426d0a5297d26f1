-- Links by which somebody from outside hands files into one folder (docs/adr/0027-upload-requests.md). Whether one takes anything is decided each time it is
-- used, with what its maker may do then; of the token there is only a hash. The folder may be gone: then it takes nothing.
create table upload_request (
  id uuid primary key,
  org_id uuid not null references org,
  folder_id uuid not null,
  created_by uuid not null,
  token_hash text not null unique,       -- SHA-256; the token itself is never stored
  title text not null,
  note text not null,
  password_hash text,                    -- argon2id
  kinds text[],                          -- null: any
  max_files int not null check (max_files > 0),
  max_file_bytes bigint not null check (max_file_bytes > 0),
  max_total_bytes bigint not null check (max_total_bytes > 0),
  files int not null default 0 check (files >= 0),
  bytes bigint not null default 0 check (bytes >= 0),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null,
  unique (org_id, id)
);
create index upload_request_list on upload_request (org_id, created_at desc, id desc);
create index upload_request_maker on upload_request (org_id, created_by, created_at desc, id desc);
select app.make_tenant_table('upload_request');
grant select on upload_request to app;
grant insert (id, org_id, folder_id, created_by, token_hash, title, note, password_hash, kinds, max_files, max_file_bytes, max_total_bytes, expires_at, created_at)
  on upload_request to app;
grant update (title, note, password_hash, kinds, max_files, max_file_bytes, max_total_bytes, files, bytes, expires_at, revoked_at) on upload_request to app;
-- Whoever comes with a token belongs nowhere: whose it is, is looked up where people are. Everything else is asked in a unit of that organization.
create policy by_token on upload_request for select to app_identity using (true);
grant select (org_id, id, token_hash) on upload_request to app_identity;

-- What was sent together, under an id of the form: sent again, it is answered as before.
create table upload_submission (
  id uuid not null,
  org_id uuid not null,
  request_id uuid not null,
  sender_name text,
  sender_email text,
  at timestamptz not null,
  mailed_at timestamptz,                 -- when the receipt was queued
  primary key (org_id, id),
  foreign key (org_id, request_id) references upload_request (org_id, id) on delete cascade
);
create index upload_submission_request on upload_submission (org_id, request_id, at desc);
select app.make_tenant_table('upload_submission');
grant select on upload_submission to app;
grant insert (id, org_id, request_id, sender_name, sender_email, at) on upload_submission to app;
grant update (sender_name, sender_email, mailed_at) on upload_submission to app;

-- What the receipt says, whatever became of the document since. The same file under the same name, sent again, is the same one.
create table upload_file (
  org_id uuid not null,
  submission_id uuid not null,
  document_id uuid not null,
  name text not null,
  size bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  at timestamptz not null,
  primary key (org_id, submission_id, sha256, name),
  foreign key (org_id, submission_id) references upload_submission (org_id, id) on delete cascade
);
select app.make_tenant_table('upload_file');
grant select on upload_file to app;
grant insert (org_id, submission_id, document_id, name, size, sha256, at) on upload_file to app;
