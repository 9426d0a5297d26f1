-- Vectors of models of any length up to 4,000 numbers, and a change of the model while search goes on (docs/adr/0034-vectors-of-any-model.md).

-- A vector is filled up with zeros to the next length that has an index, which changes no cosine. The index is over a column without a length by a cast.
drop index passage_vector_near;
alter table passage_vector alter column embedding type halfvec;
alter table passage_vector add column dimensions smallint not null default 384;
alter table passage_vector alter column dimensions drop default;
alter table passage_vector add constraint passage_vector_dimensions check (
  dimensions in (384, 768, 1024, 1536, 2048, 3072, 4000) and (embedding is null or vector_dims(embedding) = dimensions));
create index passage_vector_near on passage_vector using hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) where dimensions = 384;
create index passage_vector_near_768 on passage_vector using hnsw ((embedding::halfvec(768)) halfvec_cosine_ops) where dimensions = 768;
create index passage_vector_near_1024 on passage_vector using hnsw ((embedding::halfvec(1024)) halfvec_cosine_ops) where dimensions = 1024;
create index passage_vector_near_1536 on passage_vector using hnsw ((embedding::halfvec(1536)) halfvec_cosine_ops) where dimensions = 1536;
create index passage_vector_near_2048 on passage_vector using hnsw ((embedding::halfvec(2048)) halfvec_cosine_ops) where dimensions = 2048;
create index passage_vector_near_3072 on passage_vector using hnsw ((embedding::halfvec(3072)) halfvec_cosine_ops) where dimensions = 3072;
create index passage_vector_near_4000 on passage_vector using hnsw ((embedding::halfvec(4000)) halfvec_cosine_ops) where dimensions = 4000;
-- A change goes through an organization's passages in this order.
create index passage_org on passage (org_id, id);

-- Whose vectors the search of an organization compares with, and how far a change to another model has come.
create table search_model (
  org_id uuid primary key,
  model text not null,
  since timestamptz not null default now(),
  behind boolean not null default false,       -- passages may lack a vector of it
  leftovers boolean not null default false,    -- there may be vectors of others
  after_passage bigint not null default 0,     -- of the change: passages up to this one have theirs
  made bigint not null default 0,              -- vectors that the change made so far
  worked_at timestamptz not null default now()
);
select app.make_tenant_table('search_model');
grant select, insert, update, delete on search_model to app;
create policy system_places on search_model for select to app_system using (true);
grant select on search_model to app_system;

insert into search_model (org_id, model, leftovers)
select org_id, (array_agg(model order by passage_id desc))[1], count(distinct model) > 1 from passage_vector group by org_id;

-- The model that the process configured last asks for. One that was configured before it, and still runs, changes nothing back.
create table embedding_target (
  one boolean primary key default true check (one),
  model text not null,
  since timestamptz not null default now()
);
grant select, insert, update on embedding_target to app_system;
