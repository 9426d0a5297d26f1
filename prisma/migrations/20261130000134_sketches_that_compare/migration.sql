-- A text that is too short to be compared has no bands, and no place in their index.
drop index document_sketch_bands;
create index document_sketch_bands on document_sketch using gin (org_id, bands) where bands <> '{}';
