import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIntelliDocsClient } from '@intellidocs/client'
import { openDatabase, startEmbeddedPostgres } from '@intellidocs/db'
import { createLiveFeed, createLog, parsePosition, isAfter, type FeedEvent } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ADMIN, readWaiting } from '../api-process.testkit.ts'
import { runCli } from '../run.testkit.ts'
import { ask, openBackupHouse, type BackupHouse, type Place } from './backup.testkit.ts'
import { readLines, writeLines } from './lines.ts'

// Each restores into databases that are started for it.
vi.setConfig({ testTimeout: 300_000 })

let house: BackupHouse
beforeAll(async () => { house = await openBackupHouse() })
afterAll(() => house.close())

const restore = (env: Place, ...args: string[]) => runCli(['restore', ...args], { env })
const verify = async (env: Place) => (await runCli(['verify', '--json'], { env })).json()
type Backup = { ok: boolean; snapshot: string; blobs: { named: number; copied: number } }

test('a backup comes back whole into either database, and a second one copies new files only', async () => {
  const folder = house.folder()
  const first = (await house.cli('backup', folder, '--json')).json() as Backup
  expect(first).toMatchObject({ ok: true, lost: [], blobs: { named: 3, copied: 3 } })
  await house.upload('four.txt', randomBytes(300_000))
  expect((await house.cli('backup', folder, '--json')).json()).toMatchObject({ ok: true, blobs: { named: 4, copied: 1 } })
  expect((await readdir(join(folder, 'snapshots'))).sort()[0]).toBe(first.snapshot)

  for (const kind of house.kinds) {
    const place = await house.emptyPlace(kind)
    expect(await restore(place, folder, '--json')).toMatchObject({ code: 0, stderr: '' })
    expect(await verify(place)).toMatchObject({ ok: true, documents: 4, blobs: 4 })
  }
  const older = await house.emptyPlace('pglite')
  expect(await restore(older, folder, '--snapshot', first.snapshot)).toMatchObject({ code: 0, stdout: expect.stringContaining('restored') })
  expect(await verify(older)).toMatchObject({ ok: true, documents: 3, blobs: 3 })
  // The embedded one is started for the time of the command.
  expect((await runCli(['backup', house.folder(), '--json'], { env: older })).json()).toMatchObject({ ok: true, blobs: { named: 3 } })
})

test('tags and fields come back, and the list of a tag as well', async () => {
  await house.cli('tag', 'one.txt', '+kept', '+żółty')
  await house.cli('set', 'one.txt', 'amount=12.5', 'note=za "2" zł')
  const folder = house.folder()
  await house.cli('backup', folder)
  const place = await house.emptyPlace(house.kinds[0] ?? 'pglite')
  expect(await restore(place, folder)).toMatchObject({ code: 0 })
  const shown = `select d.name, d.tags, d.metadata, array(select tag from document_tag t where t.document_id = d.id and t.created_at = d.created_at order by tag collate "C") as rows
    from document d where cardinality(tags) > 0`
  const kept = { name: 'one.txt', tags: ['kept', 'żółty'], metadata: { amount: 12.5, note: 'za "2" zł' }, rows: ['kept', 'żółty'] }
  if (place['DATABASE_ADMIN_URL'] !== undefined) expect(await ask(place['DATABASE_ADMIN_URL'], shown)).toEqual([kept])
})

test('a file that the installation itself has lost is named, and everything else is backed up and comes back', async () => {
  const org = join(house.api.env['DATA_DIR'] ?? '', 'blobs', 'org')
  const [orgId = ''] = await readdir(org)
  const [gone = ''] = await readdir(join(org, orgId))
  await rename(join(org, orgId, gone), join(house.dir, gone))
  const folder = house.folder()
  const ran = await house.cli('backup', folder, '--json')
  await rename(join(house.dir, gone), join(org, orgId, gone))
  expect(ran.code).toBe(1)
  expect(ran.json()).toMatchObject({ ok: false, lost: [{ orgId, sha256: gone }] })
  const place = await house.emptyPlace(house.kinds[0] ?? 'pglite')
  expect(await restore(place, folder, '--json')).toMatchObject({ code: 0 })
  expect(await verify(place)).toMatchObject({ ok: false, missing_blobs: 1, documents: 4, differences: [{ kind: 'missing_blobs' }] })
})

test('while others upload and delete, a backup is one moment: what was acknowledged before it is in it, byte for byte', async () => {
  const { api } = house
  const anonymous = createIntelliDocsClient({ url: api.url })
  const { token } = await anonymous.api.auth.signIn.mutate({ ...ADMIN, transport: 'token' })
  const client = createIntelliDocsClient({ url: api.url, token: token ?? '', org: 'main' })
  const kept = new Map<string, string>()
  let writing = true
  const write = async (worker: number) => {
    for (let round = 0; writing; round += 1) {
      const bytes = randomBytes(20_000)
      const { document } = await client.upload(new Blob([bytes]), { name: `load-${worker}-${round}.bin` })
      if (round % 3 === 0) {
        await client.api.documents.trash.mutate({ id: document.id })
        await client.api.documents.purge.mutate({ id: document.id })
      } else kept.set(document.id, createHash('sha256').update(bytes).digest('hex'))
    }
  }
  const writers = [write(1), write(2), write(3)]
  await vi.waitFor(() => expect(kept.size).toBeGreaterThan(20), 30_000)
  const before = new Map(kept)
  const folder = house.folder()
  expect(await house.cli('backup', folder, '--json')).toMatchObject({ code: 0 })
  writing = false
  await Promise.all(writers)
  expect(kept.size).toBeGreaterThan(before.size)

  const place = await house.emptyPlace(house.kinds[0] ?? 'pglite')
  expect(await restore(place, folder)).toMatchObject({ code: 0 })
  expect(await verify(place)).toMatchObject({ ok: true, missing_blobs: 0, sha_mismatch: 0, orphan_blobs: 0 })
  const [org = ''] = await readdir(join(place['DATA_DIR'] ?? '', 'blobs', 'org'))
  const restored = new Set(await readdir(join(place['DATA_DIR'] ?? '', 'blobs', 'org', org)))
  expect([...before.values()].filter((sha256) => !restored.has(sha256))).toEqual([])
  await client.close()
  await anonymous.close()
  await readWaiting(api.database)
})

test('events of a restored installation go on behind every place that was ever given out, and nobody waits or misses one', async () => {
  const folder = house.folder()
  const { adminUrl } = house.api.database
  // Further than the cluster that is restored into, where transactions are counted from the beginning.
  await ask(adminUrl, 'do $$ begin for i in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$')
  await house.upload('late.txt', 'late')
  await house.cli('backup', folder)
  // The old installation goes on after its backup: these places are lost, and some client has seen them.
  await house.upload('after-the-backup.txt', 'later')
  const [last] = await ask(adminUrl, 'select max(xid::text::bigint)::text as xid, max(id)::text as id from event')
  const seen = parsePosition(`${String(last?.['xid'])}-${String(last?.['id'])}`)
  const place = await house.emptyPlace('pglite')
  expect(await restore(place, folder)).toMatchObject({ code: 0, stderr: '' })

  const server = await startEmbeddedPostgres({ dataDir: join(place['DATA_DIR'] ?? '', 'postgres') })
  const log = createLog({ level: 'silent', name: 'test' })
  const database = openDatabase({ url: server.url, log })
  const feed = createLiveFeed({ database, log, pollMs: 50 })
  const heard: FeedEvent[] = []
  feed.subscribe((event) => heard.push(event))
  try {
    await feed.start()
    expect(await ask(server.url, 'select bool_and(xid < app.feed_horizon()) as settled from event')).toEqual([{ settled: true }])
    await ask(server.url, `insert into event (org_id, type, actor_id, payload) select id, 'orgs.created.v1', id, '{}' from org`)
    await vi.waitFor(() => expect(heard).toHaveLength(1), 20_000)
    expect(seen !== null && heard[0] !== undefined && isAfter(heard[0].position, seen)).toBe(true)
  } finally {
    await feed.close()
    await database.close()
    await server.close()
  }
})

test('sessions end with a restore, API keys go on unless they are told not to, numbers go on counting', async () => {
  const folder = house.folder()
  const { adminUrl } = house.api.database
  await ask(adminUrl, `insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes)
    select gen_random_uuid(), org_id, user_id, 'k', 'prefix', 'x', '{documents:read}' from membership limit 1`)
  expect((await ask(adminUrl, 'select count(*)::int as n from session'))[0]).not.toEqual({ n: 0 })
  await house.cli('backup', folder)
  await ask(adminUrl, 'delete from api_key')
  for (const [args, live] of [[[], 1], [['--revoke-keys'], 0]] as const) {
    const place = await house.emptyPlace(house.kinds[0] ?? 'pglite')
    expect(await restore(place, folder, ...args, '--json')).toMatchObject({ code: 0 })
    if (!place['DATABASE_ADMIN_URL']) continue
    expect(await ask(place['DATABASE_ADMIN_URL'], `select (select count(*) from session)::int as sessions,
      (select count(*) from api_key where revoked_at is null)::int as keys,
      nextval(pg_get_serial_sequence('event', 'id')) > (select max(id) from event) as counts`)).toEqual([{ sessions: 0, keys: live, counts: true }])
  }
})

test('rows survive whatever characters stand in them', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'intellidocs-lines-'))
  const rows = [['\u2028\u2029\u0085', '"\\', null], ['\n\r\t', '', '\ud83d\ude00'], ['x'.repeat(3_000_000), 'é', '0']]
  const { lines } = await writeLines(join(dir, 'rows'), (async function* () { yield rows })())
  const read: unknown[] = []
  for await (const batch of readLines(join(dir, 'rows'))) read.push(...batch)
  expect([lines, read]).toEqual([3, rows])
  await rm(dir, { recursive: true })
})
