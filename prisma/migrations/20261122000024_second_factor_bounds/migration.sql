-- Refused codes in a row: the limits of attempts are counted in the memory of each process, this one stands.
alter table second_factor add column refusals int not null default 0 check (refusals >= 0);

-- Whether somebody came from this device before, however long their log is.
create index security_log_sign_ins on security_log (user_id, device) where kind = 'signed-in';
