-- Refused sign-ins of the day, so that the security log tells of many in few rows. `about`: the account, or the network address of who tried one that
-- is none. `address` '*' counts all of them. Rows of days before go as others are counted.
create table refusal_count (
  about text not null,
  kind text not null,
  day date not null,
  address text not null,
  refusals int not null,
  primary key (about, kind, day, address)
);
create index refusal_count_day on refusal_count (day);
grant select, insert, update, delete on refusal_count to app_identity;
