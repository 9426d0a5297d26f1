-- A passage's place is its page times 400,000 and its number on it, which an int holds up to page 5,368: a longer document, where MAX_PAGES lets one
-- in, stopped there. The table is written anew, once; nobody may index meanwhile.
alter table passage alter column ordinal type bigint;
