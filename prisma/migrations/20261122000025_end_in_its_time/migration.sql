-- When an organization ends is what lifts the append-only of its history: so the product's roles may only set a time that is an hour away at least,
-- within which everybody is shut out and its owners are told, and not touch one that has come. Whoever owns the tables may.
create function app.ends_in_its_time() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if pg_has_role(current_user, (select c.relowner from pg_class c where c.oid = tg_relid), 'usage') then return new; end if;
  if tg_op = 'UPDATE' then
    if new.status is not distinct from old.status and new.purge_at is not distinct from old.purge_at then return new; end if;
    if old.purge_at <= clock_timestamp() then raise exception 'the organization is being purged' using errcode = '42501'; end if;
  end if;
  if new.purge_at < clock_timestamp() + interval '1 hour' then
    raise exception 'an organization ends no sooner than in an hour' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger ends_in_its_time before insert or update on org for each row execute function app.ends_in_its_time();

revoke update on org from app;
grant update (name, slug, status, purge_at, purge_counts) on org to app;

-- An owner whose account is shut owns nothing that somebody could still decide.
create or replace view app.member with (security_barrier = true) as
  select m.org_id, m.user_id, u.email, u.name, m.role, m.role_id, m.status, m.created_at, u.locale, u.status = 'active' as account_active
  from membership m join user_account u on u.id = m.user_id
  where m.org_id = app.org_id();
