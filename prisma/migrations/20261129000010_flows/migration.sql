-- Flows: definitions with versions, and what is asked of whom. These rows are the truth; Temporal only drives them.
create table flow (
  id uuid primary key,
  org_id uuid not null,
  name text not null,
  status text not null default 'active' check (status in ('active', 'archived')),
  draft jsonb not null,                  -- as it was last written; runs never look at it
  version int not null default 0,        -- the newest that was published; 0: none
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  unique (org_id, id)
);
create unique index flow_name on flow (org_id, lower(name)) where status = 'active';
select app.make_tenant_table('flow');
grant select on flow to app;
grant insert (id, org_id, name, draft, created_by), update (name, status, draft, version, updated_at, archived_at) on flow to app;

-- What was published stays as it was: runs go by it, and certificates show it.
create table flow_version (
  org_id uuid not null,
  flow_id uuid not null,
  version int not null,
  spec jsonb not null,
  published_by uuid not null,            -- effects are done with the rights of this person
  published_at timestamptz not null default now(),
  primary key (org_id, flow_id, version),
  foreign key (org_id, flow_id) references flow (org_id, id)
);
select app.make_tenant_table('flow_version');
grant select on flow_version to app;
grant insert (org_id, flow_id, version, spec, published_by) on flow_version to app;
create trigger append_only before update or delete or truncate on flow_version for each statement execute function app.no_change();

create table flow_run (
  id uuid primary key,
  org_id uuid not null,
  flow_id uuid not null,
  flow_version int not null,
  document_id uuid not null,
  version int not null,                  -- of the document, when the run began or was begun anew
  state text not null default 'queued'
    check (state in ('queued', 'running', 'waiting', 'approved', 'rejected', 'expired', 'withdrawn', 'cancelled', 'failed')),
  reason text check (reason in ('decided', 'deadline', 'withdrawn', 'document', 'nobody')),
  requester_id uuid not null,
  cause text,                            -- what started it where no person did: one event or effect starts one run of a flow, ever
  note text,
  created_at timestamptz not null,
  state_changed_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  effects_left int not null default 0,   -- what its end does that is still to be done
  unique (org_id, id),
  foreign key (org_id, flow_id, flow_version) references flow_version (org_id, flow_id, version),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade,
  check ((state in ('queued', 'running', 'waiting')) = (ended_at is null))
);
create unique index flow_run_open on flow_run (org_id, document_id, flow_id) where ended_at is null;
create unique index flow_run_cause on flow_run (org_id, flow_id, cause) where cause is not null;
create index flow_run_document on flow_run (org_id, document_id, id desc);
create index flow_run_flow on flow_run (org_id, flow_id, flow_version, id desc);
create index flow_run_list on flow_run (org_id, id desc);
create index flow_run_driven on flow_run (id) where ended_at is null or effects_left > 0;
select app.make_tenant_table('flow_run');
grant select on flow_run to app;
grant insert (id, org_id, flow_id, flow_version, document_id, version, requester_id, cause, note, created_at, state_changed_at),
  update (version, state, reason, state_changed_at, ended_at, ended_by, effects_left) on flow_run to app;
create policy system_read on flow_run for select to app_system using (true);
grant select (id, org_id, document_id, state, state_changed_at, ended_at, effects_left) on flow_run to app_system;

-- A stage in one of its rounds.
create table flow_step (
  id uuid primary key,
  org_id uuid not null,
  run_id uuid not null,
  stage text not null,
  round int not null check (round > 0),
  state text not null default 'open' check (state in ('open', 'approved', 'rejected', 'expired', 'stale', 'skipped')),
  counts boolean not null default true,  -- false: begun anew, or about other bytes; it decides nothing any more
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
  opened_at timestamptz not null,
  closed_at timestamptz,
  due_at timestamptz,
  reminded_at timestamptz,               -- up to when reminders have been given
  escalated int[] not null default '{}', -- the rungs of the ladder that have been climbed
  unique (org_id, id),
  unique (org_id, run_id, stage, round),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade,
  check ((state = 'open') = (closed_at is null))
);
select app.make_tenant_table('flow_step');
grant select on flow_step to app;
grant insert (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at, due_at),
  update (state, counts, content_sha256, closed_at, reminded_at, escalated) on flow_step to app;

-- The request to one person. One that goes to somebody else is closed, and theirs is another row.
create table flow_task (
  id uuid primary key,
  org_id uuid not null,
  run_id uuid not null,
  step_id uuid not null,
  assignee_id uuid not null,
  why text not null check (why in ('asked', 'delegated', 'reassigned', 'escalated', 'moved', 'again')),
  from_task_id uuid,                     -- whose place it takes
  for_id uuid,                           -- who was asked first, where it came to somebody else
  by_id uuid,                            -- who handed it on, where a person did
  note text,                             -- what they said about it
  version int not null,                  -- of the document, and the hash of its bytes: a decision counts for these alone
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
  state text not null default 'open' check (state in ('open', 'decided', 'closed')),
  closed_why text check (closed_why in ('stage', 'stale', 'moved', 'run')),
  created_at timestamptz not null,
  due_at timestamptz,
  ended_at timestamptz,
  decision text check (decision in ('approve', 'reject')),
  decision_id uuid,
  comment text,
  second_factor boolean,
  unique (org_id, id),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade,
  foreign key (org_id, step_id) references flow_step (org_id, id) on delete cascade,
  foreign key (org_id, from_task_id) references flow_task (org_id, id) on delete cascade,
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'decided') = (decision is not null and decision_id is not null and second_factor is not null)),
  check ((state = 'closed') = (closed_why is not null))
);
-- Nobody has two votes in a stage, however a task came to them.
create unique index flow_task_person on flow_task (org_id, step_id, assignee_id) where state <> 'closed';
create unique index flow_task_decision on flow_task (org_id, decision_id) where decision_id is not null;
create index flow_task_step on flow_task (org_id, step_id);
create index flow_task_run on flow_task (org_id, run_id, id);
create index flow_task_inbox on flow_task (org_id, assignee_id, state, id desc);
create index flow_task_from on flow_task (org_id, from_task_id) where from_task_id is not null;
create index flow_task_open on flow_task (org_id, assignee_id) where state = 'open';
create index flow_task_due on flow_task (org_id, due_at) where state = 'open' and due_at is not null;
select app.make_tenant_table('flow_task');
grant select on flow_task to app;
grant insert (id, org_id, run_id, step_id, assignee_id, why, from_task_id, for_id, by_id, note, version, content_sha256, created_at, due_at),
  update (version, content_sha256, state, closed_why, ended_at, decision, decision_id, comment, second_factor) on flow_task to app;
create policy system_read on flow_task for select to app_system using (true);
grant select (org_id, run_id, state, assignee_id, due_at) on flow_task to app_system;

-- What somebody asked to have recorded, and what came of it: its id is that of the Update on Temporal, and is asked for again until it is settled.
create table flow_decision (
  id uuid primary key,
  org_id uuid not null,
  run_id uuid not null,
  task_id uuid not null,
  user_id uuid not null,
  idempotency_key text not null,
  request_hash text not null,
  verdict text not null check (verdict in ('approve', 'reject')),
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
  comment text,
  second_factor boolean not null,
  -- As whom the audit names them; the worker records the decision, not they.
  actor_kind text not null check (actor_kind in ('user', 'apiKey')),
  session_id uuid,
  key_id uuid,
  address text,
  request_id text not null,
  state text not null default 'pending' check (state in ('pending', 'settled')),
  answer jsonb,
  asked_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (org_id, user_id, idempotency_key),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade,
  foreign key (org_id, task_id) references flow_task (org_id, id) on delete cascade,
  check ((state = 'settled') = (answer is not null and settled_at is not null))
);
create index flow_decision_run on flow_decision (org_id, run_id);
create index flow_decision_task on flow_decision (org_id, task_id);
create index flow_decision_pending on flow_decision (sent_at) where state = 'pending';
select app.make_tenant_table('flow_decision');
grant select on flow_decision to app;
grant insert (id, org_id, run_id, task_id, user_id, idempotency_key, request_hash, verdict, content_sha256, comment, second_factor, actor_kind,
  session_id, key_id, address, request_id), update (state, answer, settled_at, sent_at) on flow_decision to app;
create policy system_read on flow_decision for select to app_system using (true);
grant select (id, org_id, run_id, task_id, state, asked_at, sent_at) on flow_decision to app_system;

create table flow_comment (
  id uuid primary key,
  org_id uuid not null,
  run_id uuid not null,
  author_id uuid not null,
  text text not null,
  mentions uuid[] not null,
  attachments uuid[] not null,           -- documents that give the reasons
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade
);
create index flow_comment_run on flow_comment (org_id, run_id, id);
select app.make_tenant_table('flow_comment');
grant select on flow_comment to app;
grant insert (id, org_id, run_id, author_id, text, mentions, attachments) on flow_comment to app;

-- What came of each effect of a run's end; the row is there once it was done or could not be.
create table flow_effect (
  org_id uuid not null,
  run_id uuid not null,
  ordinal int not null,
  state text not null check (state in ('done', 'failed')),
  fault text,                            -- a code of the table of errors
  at timestamptz not null default now(),
  primary key (org_id, run_id, ordinal),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade,
  check ((state = 'failed') = (fault is not null))
);
select app.make_tenant_table('flow_effect');
grant select on flow_effect to app;
grant insert (org_id, run_id, ordinal, state, fault) on flow_effect to app;

-- Somebody's tasks go to somebody else for a time.
create table delegation (
  id uuid primary key,
  org_id uuid not null,
  from_id uuid not null,
  to_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  flows uuid[],                          -- null: of every flow
  note text,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  unique (org_id, id),
  foreign key (org_id, from_id) references membership (org_id, user_id) on delete cascade,
  foreign key (org_id, to_id) references membership (org_id, user_id) on delete cascade,
  check (from_id <> to_id),
  check (starts_at < ends_at)
);
create index delegation_from on delegation (org_id, from_id, id desc);
create index delegation_to on delegation (org_id, to_id, id desc);
select app.make_tenant_table('delegation');
grant select on delegation to app;
grant insert (id, org_id, from_id, to_id, starts_at, ends_at, flows, note, created_by), update (revoked_at) on delegation to app;

-- Whom a day's digest of overdue tasks was written for.
create table flow_digest (
  org_id uuid not null,
  user_id uuid not null,
  day date not null,
  primary key (org_id, user_id, day)
);
select app.make_tenant_table('flow_digest');
grant select, insert on flow_digest to app;
