-- What is known of viruses in the bytes of a version. While it waits, and when something was found, nobody is given bytes or text. What is there already
-- was never looked at.
alter table document_version add column scan text not null default 'none' check (scan in ('none', 'waiting', 'clean', 'infected'));
