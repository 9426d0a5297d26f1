-- Every page of a version that is ready has text, or its pixels were read, or nothing is on it, or its warnings say why nothing of it could be had.
alter table document_version add column warnings jsonb not null default '[]' check (jsonb_typeof(warnings) = 'array');

alter table page add column warnings text[] not null default '{}';
alter table page drop constraint page_source_check;
-- Of these nobody looked at the ink; the parsers that wrote them found nothing on them.
update page set source = 'blank' where source = 'text' and btrim(text, E' \t\r\n\f') = '';
alter table page add constraint page_source_check check (source in ('text', 'ocr', 'blank', 'unread'));

create function app.page_accounted(p_source text, p_text text, p_warnings text[]) returns boolean language sql immutable as $$
  select case p_source when 'text' then btrim(p_text, E' \t\r\n\f') <> '' when 'unread' then cardinality(p_warnings) > 0 else true end
$$;
grant execute on function app.page_accounted(text, text, text[]) to app;
