-- Who opened links is kept for a time and no longer: visits go with what they looked at, of all organizations, once they have been over for that long.
create index share_visit_expiry on share_visit (expires_at);
create policy system_expire on share_visit to app_system using (expires_at < now());
grant select (org_id, id, expires_at), delete on share_visit to app_system;
