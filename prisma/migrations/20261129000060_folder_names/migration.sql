-- A name is taken by a folder beside it that the caller is shown, and by no other (ADR 0017): an index knows nothing of who asks. Every change of an
-- organization's tree holds one lock, so that nobody takes a name between the look and the write; the look finds the few siblings by `folder_parent`.
drop index folder_name;
