-- In which languages pixels are read: what a document says, else the nearest folder above it that says something, else its organization, else the installation.
-- Empty: nothing is said.
alter table org add column ocr_languages text[] not null default '{}' check (cardinality(ocr_languages) <= 8);
alter table folder add column ocr_languages text[] not null default '{}' check (cardinality(ocr_languages) <= 8);
alter table document add column ocr_languages text[] not null default '{}' check (cardinality(ocr_languages) <= 8);
grant update (ocr_languages) on org to app;
