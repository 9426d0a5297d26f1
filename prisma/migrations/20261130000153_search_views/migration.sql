-- Searches that somebody keeps under a name, for themselves or for the organization. They go with the membership of whoever made them.
create table search_view (
  id uuid primary key,
  org_id uuid not null,
  owner_id uuid not null,
  name text not null,
  shared boolean not null,
  query text not null,
  filters jsonb not null,
  mode text not null check (mode in ('hybrid', 'keyword', 'meaning')),
  sort text not null check (sort in ('relevance', 'newest', 'oldest')),
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, owner_id) references membership (org_id, user_id) on delete cascade
);
create unique index search_view_name on search_view (org_id, owner_id, lower(name));
select app.make_tenant_table('search_view');
grant select, insert (id, org_id, owner_id, name, shared, query, filters, mode, sort, created_at), delete on search_view to app;
