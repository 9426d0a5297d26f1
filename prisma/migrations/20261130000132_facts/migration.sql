-- What a version says of itself: title, author, dates, and how many words it has. As JSON, because most files say a part of it only, and nothing is found by it.
alter table document_version add column facts jsonb not null default '{}';
-- Counted as a page is written; null for pages of before.
alter table page add column words int;
