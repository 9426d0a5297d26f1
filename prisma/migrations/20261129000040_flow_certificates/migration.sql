-- What a run came to, signed. Made once, shown as it is, and gone with the run.
create table flow_certificate (
  org_id uuid not null,
  run_id uuid not null,
  body text not null,                    -- the bytes that were signed
  issued_at timestamptz not null,
  primary key (org_id, run_id),
  foreign key (org_id, run_id) references flow_run (org_id, id) on delete cascade
);
select app.make_tenant_table('flow_certificate');
grant select, insert on flow_certificate to app;

-- A certificate names each row about its run; without this, one look would walk all rows of the organization. Rows about anything else do not pay for it.
create index audit_flow_run on audit (org_id, subject_id) where subject_type = 'flowRun';
