-- The heading that a passage stands under and does not hold: words of it are found by that too, also after a renaming has written them anew, and it has the words
-- of no other passage to ask. Null where it stands under none, and for passages of before.
alter table passage add column heading text;
