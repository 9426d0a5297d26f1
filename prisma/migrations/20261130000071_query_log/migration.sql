-- What was asked of the search, for the figures of the organization (docs/adr/0032-analytics.md). Nobody reads the rows but whoever asked, to say which hit they opened.
create table search_query (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid not null,
  at timestamptz not null default now(),
  mode text not null,
  hits int not null,                     -- of the first page
  took_ms int not null,
  hash text not null,                    -- of the words, under a key of the organization
  words text,                            -- only where the organization keeps them
  counted boolean not null default false,
  unique (org_id, id)
);
create index search_query_waiting on search_query (org_id, at) where not counted;
create index search_query_age on search_query (at);
select app.make_tenant_table('search_query');
grant select, delete on search_query to app;
grant insert (id, org_id, user_id, mode, hits, took_ms, hash, words) on search_query to app;
grant update (words, counted) on search_query to app;

create table search_opened (
  org_id uuid not null,
  query_id uuid not null,
  document_id uuid not null,
  position int not null,                 -- in the whole ranking, from 1
  at timestamptz not null default now(),
  counted boolean not null default false,
  primary key (org_id, query_id, document_id),
  foreign key (org_id, query_id) references search_query (org_id, id) on delete cascade
);
create index search_opened_waiting on search_opened (org_id, at) where not counted;
select app.make_tenant_table('search_opened');
grant select on search_opened to app;
grant insert (org_id, query_id, document_id, position) on search_opened to app;
grant update (counted) on search_opened to app;

-- Words by day of UTC, where the organization keeps them.
create table search_words (
  org_id uuid not null,
  day date not null,
  words text not null,
  queries int not null,
  empty int not null,
  opened int not null,
  primary key (org_id, day, words)
);
select app.make_tenant_table('search_words');
grant select, insert, update, delete on search_words to app;

-- The worker finds by their places what is not counted, and removes what is old. Of what was asked it sees nothing.
create policy system_places on search_query to app_system using (true);
grant select (org_id, id, at, counted), delete on search_query to app_system;
create policy system_places on search_opened for select to app_system using (true);
grant select (org_id, counted) on search_opened to app_system;

/* Whether the organization that is set keeps the words of queries. */
create function app.keeps_words() returns boolean language sql stable as $$
  select exists (select from public.analytics_org where org_id = (select app.org_id()) and words = 'kept')
$$;
revoke all on function app.keeps_words() from public;
grant execute on function app.keeps_words() to app;
