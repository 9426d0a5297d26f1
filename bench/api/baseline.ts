// What bench:api compares with: Express and pg, the same rows by the same SQL and the same JSON, without sessions, roles or row-level security.
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express, { type Request } from 'express'
import pg from 'pg'

const [url = '', dir = '', orgId = '', userId = ''] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url, max: 10 })
const principals = [`org:${orgId}`, `user:${userId}`]
mkdirSync(dir, { recursive: true })

const COLUMNS = `d.id, d.folder_id as "folderId", d.parent_id as "parentId", d.owner_id as "ownerId", d.name, d.visibility, d.lifecycle, d.revision,
  d.created_at as "createdAt", d.updated_at as "updatedAt", d.trashed_at as "trashedAt", v.id as "versionId", v.number as version, v.state, v.reason,
  v.stage, v.pages_done as "pagesDone", v.mime, v.size::float8 as size, v.sha256, v.pages, v.language, d.tags, d.metadata`
const LIST = `
  select ${COLUMNS}, k.created_at::text as "cursorAt"
  from (
    select distinct m.created_at, m.document_id from unnest($2::text[]) p
    cross join lateral (
      select r.created_at, r.document_id from document_reader r
      join document f on f.org_id = r.org_id and f.id = r.document_id
      where r.org_id = $1 and r.principal = p and (r.created_at, r.document_id) < ($3::timestamptz, $4::uuid)
        and f.lifecycle = $5 and ($6::boolean or f.folder_id is not distinct from $7::uuid)
        and ($8::text is null or f.name ilike $8::text)
        and ($9::text is null or exists (select from document_version s where s.org_id = f.org_id and s.id = f.current_version_id and s.state = $9::text))
      order by r.created_at desc, r.document_id desc limit $10
    ) m order by 1 desc, 2 desc limit $10
  ) k
  join document d on d.org_id = $1 and d.id = k.document_id
  join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
  order by k.created_at desc, k.document_id desc`
const GET = `
  select ${COLUMNS} from document d join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
  where d.org_id = $1 and d.id = $2 and exists (
    select from document_reader r where r.org_id = d.org_id and r.document_id = d.id and r.principal = any($3::text[]))`

type Row = Record<string, unknown>
/** The JSON of the product's `document`; dates become ISO text when they are written. */
function shown({ stage, pagesDone, pages, cursorAt: _, ...row }: Row): Row {
  return { ...row, progress: { stage, pagesDone, pages }, pages }
}

async function list(limit: number): Promise<Row> {
  const values = [orgId, principals, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'active', true, null, null, null, limit + 1]
  const { rows } = await pool.query<Row>({ name: 'list', text: LIST, values })
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map(shown),
    nextCursor: last === undefined ? null : Buffer.from(JSON.stringify([last['cursorAt'], last['id']])).toString('base64url'),
  }
}

/** The bytes in a file of their own, on disk. */
async function keep(req: Request): Promise<{ sha256: string; size: number }> {
  const path = join(dir, randomUUID())
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  let size = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      hash.update(chunk)
      size += chunk.length
      await file.write(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  const sha256 = hash.digest('hex')
  await rename(path, join(dir, sha256))
  const folder = await open(dir)
  await folder.sync()
  await folder.close()
  return { sha256, size }
}

const INSERTS: { name: string; text: string }[] = [
  { name: 'document', text: `insert into document (id, org_id, owner_id, name, current_version_id) values ($3, $1, $2, $5, $4)` },
  {
    name: 'version', text: `insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
      values ($4, $1, $3, 1, $5, $6, $7, $2)`,
  },
  { name: 'readers', text: `insert into document_reader (org_id, principal, created_at, document_id) select $1, unnest($2::text[]), created_at, id from document where id = $3` },
  {
    name: 'event', text: `with e as (insert into event (org_id, type, actor_id, document_id, payload) values ($1, 'documents.uploaded.v1', $2, $3, $4) returning id, org_id),
      d as (insert into delivery (org_id, event_id, subscriber) select org_id, id, 'documents.processing' from e)
      insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data)
      select org_id, $2, 'user', 'documents.uploaded.v1', 'document', $3::text, $4 from e`,
  },
  { name: 'usage', text: `insert into usage_entry (org_id, kind, amount, document_id, key) values ($1, 'documents', 1, $2, 'document:' || $2::uuid), ($1, 'bytes', $3, $2, 'bytes:' || $2::uuid)` },
]

async function create(name: string, { sha256, size }: { sha256: string; size: number }): Promise<Row> {
  const [id, versionId] = [randomUUID(), randomUUID()]
  const payload = JSON.stringify({ documentId: id, versionId, attempt: 1, name, size })
  const values = [
    [orgId, userId, id, versionId, name], [orgId, userId, id, versionId, name, sha256, size], [orgId, principals, id], [orgId, userId, id, payload],
    [orgId, id, size],
  ]
  const client = await pool.connect()
  try {
    await client.query('begin')
    for (const [index, insert] of INSERTS.entries()) await client.query({ ...insert, values: values[index] ?? [] })
    const { rows } = await client.query<Row>({ name: 'get', text: GET, values: [orgId, id, principals] })
    await client.query('commit')
    return { document: shown(rows[0] ?? {}), duplicateOf: null, created: true }
  } finally {
    client.release()
  }
}

const app = express()
app.get('/list', async (_req, res) => { res.json({ result: { data: await list(20) } }) })
app.get('/get', async (req, res) => {
  const { rows } = await pool.query<Row>({ name: 'get', text: GET, values: [orgId, req.query['id'], principals] })
  res.json({ result: { data: shown(rows[0] ?? {}) } })
})
app.post('/create', async (req, res) => { res.status(201).json(await create(String(req.headers['x-file-name']), await keep(req))) })
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`))
