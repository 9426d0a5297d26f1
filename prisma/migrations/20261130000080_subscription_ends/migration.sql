-- Whether what is paid for was given notice because the organization is being deleted: only that is taken back with the deletion, and no notice of the customer's own.
alter table subscription add column ends_with_org boolean not null default false;

-- Who has been to the checkout and of whom nothing was told yet is looked up too.
grant select (told) on subscription to app_system;
