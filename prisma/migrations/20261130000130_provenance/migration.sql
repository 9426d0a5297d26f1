-- Who read a page, and when. Plain columns: some 40 bytes beside about 2 kB of text, so that a page says it without a join, moves with its organization
-- without ids to translate, and needs no second table to be kept in step. Null: read before this was written down.
alter table page add column extractor text, add column engine text, add column model text, add column engine_version text, add column read_at timestamptz;
-- What is to be read again is named by its engine and how sure that was. Most entries are alike and lie in posting lists of a few bytes a page.
create index page_engine on page (org_id, engine, confidence);

-- A passage is of one page, which says who read it; its own are the cutter and the time, and each vector has its model and its time. Added without the
-- default first, because passages of before do not have the time of this migration.
alter table passage add column chunker text, add column made_at timestamptz;
alter table passage alter column made_at set default now();
alter table passage_vector add column made_at timestamptz;
alter table passage_vector alter column made_at set default now();
