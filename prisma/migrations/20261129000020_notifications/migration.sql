-- What somebody was told, once for each thing that happened. Ids alone: what they name is looked up when it is read, with the rights of who reads.
create table notification (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid not null,
  source text not null,                  -- what happened: `event:<id>` or `grant:<id>`; nobody is told of it twice
  kind text not null,
  actor_id uuid not null,
  document_id uuid,
  folder_id uuid,
  run_id uuid,                           -- of the document, as the task
  task_id uuid,
  facts jsonb not null,                  -- ids, numbers and words of closed lists
  at timestamptz not null,               -- when it happened
  read_at timestamptz,
  in_inbox boolean not null,
  mail text not null check (mail in ('immediate', 'digest', 'off')),
  notice_id uuid,                        -- the mail that tells of it, once that is queued
  unique (org_id, user_id, source),
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade,
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade,
  foreign key (org_id, folder_id) references folder (org_id, id) on delete cascade
);
create index notification_list on notification (org_id, user_id, at desc, id desc);
create index notification_unread on notification (org_id, user_id, at desc, id desc) where in_inbox and read_at is null;
create index notification_waiting on notification (org_id, user_id, at) where mail = 'digest' and notice_id is null and read_at is null;
create index notification_notice on notification (org_id, notice_id) where notice_id is not null;
create index notification_document on notification (org_id, document_id) where document_id is not null;
create index notification_folder on notification (org_id, folder_id) where folder_id is not null;
create index notification_task on notification (org_id, task_id) where task_id is not null;
create index notification_age on notification (at);
select app.make_tenant_table('notification');
grant select on notification to app;
grant insert (id, org_id, user_id, source, kind, actor_id, document_id, folder_id, run_id, task_id, facts, at, in_inbox, mail, notice_id) on notification to app;
grant update (read_at, notice_id) on notification to app;

-- What differs from the defaults.
create table notification_preference (
  org_id uuid not null,
  user_id uuid not null,
  kind text not null,
  live boolean not null,
  inbox boolean not null,
  mail text not null check (mail in ('immediate', 'digest', 'off')),
  primary key (org_id, user_id, kind),
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade,
  constraint notification_preference_security check (kind <> 'security' or mail = 'immediate')
);
select app.make_tenant_table('notification_preference');
grant select, insert (org_id, user_id, kind, live, inbox, mail), update (live, inbox, mail) on notification_preference to app;

create table notification_rhythm (
  org_id uuid not null,
  user_id uuid not null,
  digest text not null check (digest in ('hourly', 'daily')),
  primary key (org_id, user_id),
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade
);
select app.make_tenant_table('notification_rhythm');
grant select, insert (org_id, user_id, digest), update (digest) on notification_rhythm to app;

-- One mail of many for somebody in an hour or a day: whoever inserts the row queues it.
create table notification_digest (
  org_id uuid not null,
  user_id uuid not null,
  begun_at timestamptz not null,         -- the hour or day in which it is sent; what it tells of is older
  notice_id uuid not null,
  primary key (org_id, user_id, begun_at),
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade
);
create index notification_digest_age on notification_digest (begun_at);
select app.make_tenant_table('notification_digest');
grant select, insert (org_id, user_id, begun_at, notice_id) on notification_digest to app;

-- The worker finds for whom a digest is due, and removes by age. Of what it tells it sees nothing.
create policy system_digests on notification to app_system using (true);
create policy system_digests on notification_rhythm for select to app_system using (true);
create policy system_expire on notification_digest to app_system using (true);
grant select (id, org_id, user_id, at, read_at, mail, notice_id), delete on notification to app_system;
grant select (org_id, user_id, digest) on notification_rhythm to app_system;
grant select (org_id, user_id, begun_at), delete on notification_digest to app_system;

/* What documents' readers are matched against for a member, as the lookup of callers makes it (`HOLDING` of the module users; a test holds the two together). */
create function app.principals_of(p_org uuid, p_user uuid, p_role text) returns text[] language sql stable as $$
  with own (principal) as (
    select 'user:' || p_user
    union all select 'org:' || p_org where p_role <> 'guest'
    union all select 'group:' || g.group_id from public.group_member g where g.org_id = p_org and g.user_id = p_user
  )
  select array(select principal from own
    union all select distinct 'folder:' || a.folder_id from public.access_grant a
      where a.org_id = p_org and a.folder_id is not null and a.principal = any (array(select principal from own)))
$$;

/* Is what a notification is about to be seen with these principals? What is about neither document nor folder is. */
create function app.subject_shown(p_org uuid, p_document uuid, p_folder uuid, p_principals text[]) returns boolean language sql stable as $$
  select case
    when p_document is not null then exists (select from app.readers(p_org, p_document) r where r = any (p_principals))
    when p_folder is not null then exists (select from public.folder f
      where f.org_id = p_org and f.id = p_folder and app.folder_shown(f.path, f.restricted, p_principals))
    else true end
$$;
revoke all on function app.principals_of(uuid, uuid, text), app.subject_shown(uuid, uuid, uuid, text[]) from public;
grant execute on function app.principals_of(uuid, uuid, text), app.subject_shown(uuid, uuid, uuid, text[]) to app;
