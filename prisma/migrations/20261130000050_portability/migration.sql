-- Who was erased from an organization: what stands of them afterwards is their id, and this instead of a name and an address. It outlives the account,
-- and a change of the secret key that it was made with.
create table erased_person (
  org_id uuid not null,
  user_id uuid not null,
  pseudonym text not null,
  erased_at timestamptz not null,
  erased_by uuid not null,
  primary key (org_id, user_id)
);
select app.make_tenant_table('erased_person');
grant select, insert on erased_person to app;
create trigger append_only before update or delete or truncate on erased_person for each statement execute function app.no_change();

-- A certificate names people with their addresses. One that names somebody who was erased goes, and is issued again, with the pseudonym, when somebody asks for it. No
-- other one can be taken away, and none of a document that a legal hold is on.
grant delete on flow_certificate to app;
create policy only_of_erased on flow_certificate as restrictive for delete to app using (exists (
  select from flow_run r join document d on d.org_id = r.org_id and d.id = r.document_id
  join erased_person e on e.org_id = r.org_id and (e.user_id in (r.requester_id, r.ended_by)
    or exists (select from flow_task t where t.org_id = r.org_id and t.run_id = r.id and e.user_id in (t.assignee_id, t.for_id, t.by_id)))
  where r.org_id = flow_certificate.org_id and r.id = flow_certificate.run_id
    and not exists (select from app.standing_holds(d.org_id, d.id, d.folder_id, d.tags, d.owner_id))));
