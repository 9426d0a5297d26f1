-- The trace in which an event was written (W3C `traceparent`), so that what follows from it is part of the same trace. Null while tracing is
-- off. Ids only; no client is shown it.
alter table event add column trace_parent text
  check (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');
