-- The relay goes from organization to organization and takes the oldest deliveries of each, so that a thousand of one do not stand before another's one.
create index delivery_due_of_org on delivery (org_id, next_at, id) where state = 'pending';
