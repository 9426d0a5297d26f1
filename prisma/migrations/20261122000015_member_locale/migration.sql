-- Mail to members is written in their language.
create or replace view app.member with (security_barrier = true) as
  select m.org_id, m.user_id, u.email, u.name, m.role, m.role_id, m.status, m.created_at, u.locale
  from membership m join user_account u on u.id = m.user_id
  where m.org_id = app.org_id();

-- A new invitation takes the place of the open one for the same address.
grant update on invitation to app;
