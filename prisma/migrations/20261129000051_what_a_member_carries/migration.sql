-- Who calls is looked up with each request, and most of that price is setting a statement up, not reading rows: groups, granted folders and the
-- permissions of a role of one's own cost it as much where there is none of them. So the rows that are read in any case say whether looking is worth
-- it. Both marks are set by what they speak of, in its transaction, and never taken back: true means only "look". What is there already is looked for.
alter table membership add column grouped boolean not null default true;
alter table membership alter column grouped set default false;
alter table org add column grants_folders boolean not null default true;
alter table org alter column grants_folders set default false;
grant update (grants_folders) on org to app;

create function app.mark_grouped() returns trigger language plpgsql as $$ begin
  update public.membership set grouped = true where org_id = new.org_id and user_id = new.user_id and not grouped;
  return null;
end $$;
create trigger mark_grouped after insert or update of org_id, user_id on group_member for each row execute function app.mark_grouped();

create function app.mark_grants_folders() returns trigger language plpgsql as $$ begin
  update public.org set grants_folders = true where id = new.org_id and not grants_folders;
  return null;
end $$;
create trigger mark_grants_folders after insert or update of org_id, folder_id on access_grant for each row when (new.folder_id is not null)
  execute function app.mark_grants_folders();

/*
 * The groups of a member and the folders granted to them, to one of these or to the organization, as principals with commas between; null for none.
 * In plpgsql, which keeps the plans of its statements and sets up none that is not reached. The marks say which to ask.
 */
create function app.carried(p_org uuid, p_user uuid, p_guest boolean, p_grouped boolean, p_grants_folders boolean) returns text language plpgsql stable as $$
declare v_groups text; v_folders text;
begin
  if p_grouped then
    select string_agg('group:' || g.group_id, ',' order by g.group_id) into v_groups from public.group_member g where g.org_id = p_org and g.user_id = p_user;
  end if;
  if p_grants_folders then
    select string_agg(distinct 'folder:' || a.folder_id, ',') into v_folders from public.access_grant a
      where a.org_id = p_org and a.folder_id is not null
        and a.principal = any (string_to_array(concat_ws(',', 'user:' || p_user, case when not p_guest then 'org:' || p_org end, v_groups), ','));
  end if;
  return nullif(concat_ws(',', v_groups, v_folders), '');
end $$;

/* What a role of one's own may; strict, so that nothing is asked for a built-in one. */
create function app.role_permissions(p_org uuid, p_role uuid) returns text[] language plpgsql stable strict as $$ begin
  return (select r.permissions from public.org_role r where r.org_id = p_org and r.id = p_role);
end $$;

revoke all on function app.carried(uuid, uuid, boolean, boolean, boolean), app.role_permissions(uuid, uuid) from public;
grant execute on function app.carried(uuid, uuid, boolean, boolean, boolean), app.role_permissions(uuid, uuid) to app_identity;
