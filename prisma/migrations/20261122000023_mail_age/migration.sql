-- Mail that could not be sent for so long that nobody waits for it any more is removed, by its age alone, in all organizations.
create policy system_expire on mail_message to app_system using (true);
grant select (created_at), delete on mail_message to app_system;
