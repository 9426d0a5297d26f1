-- Public links (docs/adr/0026-share-links.md). What a link opens is decided each time it is asked, with what its maker may do then; of the token there is
-- only a hash.
create table share (
  id uuid primary key,
  org_id uuid not null references org,
  document_id uuid,                      -- one of the two: a document, or the documents that lie in a folder
  folder_id uuid,
  version int,                           -- null: always the newest
  created_by uuid not null,
  token_hash text not null unique,       -- SHA-256; the token itself is never stored
  note text not null,
  password_hash text,                    -- argon2id
  emails text[] not null,                -- lower case; empty: whoever has the link
  expires_at timestamptz,
  view_limit int check (view_limit > 0),
  download_limit int check (download_limit > 0),
  download boolean not null,             -- false: pictures of pages only, with who looks and when drawn into them
  notify boolean not null,
  gate int not null default 0,           -- counts changes of password and addresses: visits that passed an older gate are over
  views int not null default 0,
  downloads int not null default 0,
  last_opened_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  check ((document_id is null) <> (folder_id is null)),
  check (version is null or document_id is not null),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade,
  foreign key (org_id, folder_id) references folder (org_id, id) on delete cascade
);
create index share_list on share (org_id, created_at desc, id desc);
create index share_maker on share (org_id, created_by, created_at desc, id desc);
create index share_document on share (org_id, document_id) where document_id is not null;
create index share_folder on share (org_id, folder_id) where folder_id is not null;
select app.make_tenant_table('share');
grant select on share to app;
grant insert (id, org_id, document_id, folder_id, version, created_by, token_hash, note, password_hash, emails, expires_at, view_limit, download_limit,
  download, notify, created_at) on share to app;
grant update (note, password_hash, emails, expires_at, view_limit, download_limit, download, notify, gate, views, downloads, last_opened_at, revoked_at)
  on share to app;
-- Whoever comes with a token belongs nowhere: whose it is, is looked up where people are. Everything else is asked in a unit of that organization.
create policy by_token on share for select to app_identity using (true);
grant select (org_id, id, created_by, token_hash) on share to app_identity;

-- One opening of a link by one browser, which shows the secret: so that looking again spends nothing.
create table share_visit (
  id uuid primary key,
  org_id uuid not null,
  share_id uuid not null,
  secret_hash text not null,
  gate int not null,
  email text,                            -- proved by a code; null where none was asked for
  address text not null,                 -- a network, unless the organization keeps whole addresses
  looks int not null default 0,
  opened_at timestamptz not null,
  last_at timestamptz not null,
  expires_at timestamptz not null,
  unique (org_id, id),
  foreign key (org_id, share_id) references share (org_id, id) on delete cascade
);
create index share_visit_list on share_visit (org_id, share_id, opened_at desc, id desc);
select app.make_tenant_table('share_visit');
grant select on share_visit to app;
grant insert (id, org_id, share_id, secret_hash, gate, email, address, opened_at, last_at, expires_at) on share_visit to app;
grant update (looks, last_at) on share_visit to app;

-- What was asked for in a visit. The document may be gone by now.
create table share_look (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  visit_id uuid not null,
  document_id uuid not null,
  version int not null,
  page int,                              -- null: the file itself
  at timestamptz not null,
  foreign key (org_id, visit_id) references share_visit (org_id, id) on delete cascade
);
create index share_look_visit on share_look (org_id, visit_id, at, id);
select app.make_tenant_table('share_look');
grant select on share_look to app;
grant insert (org_id, visit_id, document_id, version, page, at) on share_look to app;

-- What proves an address: one code at a time, spent by deleting it.
create table share_code (
  org_id uuid not null,
  share_id uuid not null,
  email text not null,
  code_hash text not null,               -- keyed, as codes are short
  tries int not null default 0,
  expires_at timestamptz not null,
  primary key (org_id, share_id, email),
  foreign key (org_id, share_id) references share (org_id, id) on delete cascade
);
create index share_code_expiry on share_code (expires_at);
select app.make_tenant_table('share_code');
grant select, insert, update, delete on share_code to app;
create policy system_expire on share_code to app_system using (expires_at < now());
grant select (expires_at), delete on share_code to app_system;

-- What an organization allows of links; without a row everything.
create table share_policy (
  org_id uuid primary key references org,
  links text not null check (links in ('allowed', 'forbidden')),
  max_days int check (max_days > 0),
  password_required boolean not null,
  whole_addresses boolean not null,
  presets jsonb not null
);
select app.make_tenant_table('share_policy');
grant select, insert, update on share_policy to app;
