import type pg from 'pg'

/** Documents of one organization, read by all of it and by their owner. */
export type Crowd = { readonly orgId: string; readonly ownerId: string; readonly documents: number }

/**
 * Ready documents of one version each, as rows past all services: written by a superuser, a second apart, named by number.
 * Ends with the tables analysed, as autovacuum would leave them.
 */
export async function seedDocuments(client: pg.Client, { orgId, ownerId, documents }: Crowd): Promise<void> {
  await client.query('begin')
  await client.query('set local session_replication_role = replica')
  await client.query('create temp table fresh (id uuid, version_id uuid, n int, at timestamptz) on commit drop')
  await client.query(`
    insert into fresh select gen_random_uuid(), gen_random_uuid(), n, now() - make_interval(secs => n) from generate_series(1, $1::int) n`, [documents])
  await client.query(`
    insert into document (id, org_id, owner_id, name, current_version_id, published_version_id, created_at, updated_at)
    select id, $1, $2, 'Agreement ' || n || ' on the supply of larch and oak.pdf', version_id, version_id, at, at from fresh`, [orgId, ownerId])
  await client.query(`
    insert into document_version (id, org_id, document_id, number, file_name, sha256, size, mime, language, state, pages, pages_done, created_by, created_at)
    select version_id, $1, id, 1, 'agreement-' || n || '.pdf', encode(sha256(version_id::text::bytea), 'hex'), 90000 + n, 'application/pdf', 'en', 'ready', 3, 3,
      $2, at from fresh`, [orgId, ownerId])
  await client.query(`
    insert into document_reader (org_id, principal, created_at, document_id)
    select $1::uuid, p, at, id from fresh cross join unnest(array['org:' || $1::uuid, 'user:' || $2::uuid]) p`, [orgId, ownerId])
  await client.query('commit')
  await client.query('analyze document, document_version, document_reader')
}
