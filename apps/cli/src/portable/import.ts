import { signCheckpoint } from '@intellidocs/audit'
import { PLATFORM_ORG_ID, SYSTEM_USER_ID } from '@intellidocs/contracts'
import { loadDatabase, surveySurroundings, type NamedBlob, type OrgTable, type Row, type Surroundings } from '@intellidocs/db'
import { createAuditKeys, hashOfNobody, type AuditKeys } from '@intellidocs/domain'
import { createLog } from '@intellidocs/kernel'
import { copyBlob } from '../backup/create.ts'
import { forEachBounded } from '../backup/each.ts'
import type { Installation } from '../backup/installation.ts'
import { readLines } from '../backup/lines.ts'
import type { Steps } from '../backup/steps.ts'
import { CommandError } from '../failure.ts'
import { count, formatBytes } from '../output.ts'
import { bytesOf, verifyExportedChain } from './chain.ts'
import { blobsIn, paths } from './folder.ts'
import type { OrgManifest } from './manifest.ts'
import { toRow } from './rows.ts'

const BLOBS_AT_ONCE = 4

export type ImportDeps = {
  readonly dir: string
  /** Of an export that was checked, and found without fault. */
  readonly manifest: OrgManifest
  /** SHA-256 of the manifest. */
  readonly sum: string
  readonly into: Installation
  readonly secretKey: Buffer
  readonly steps: Steps
  readonly signal: AbortSignal
  /** Into an installation that has other organizations, and is stopped. */
  readonly beside: boolean
}

type Loaded = OrgManifest['tables'][number] & { lines(): AsyncIterable<readonly Row[]> }

/**
 * An export into an empty place, or beside other organizations, ids kept. As a restore does it: rows in one transaction that keeps every table locked and is committed when all bytes are
 * there, so that nobody sees half an organization. Whatever ends it on the way leaves the database empty; bytes that are there already are not sent
 * again the next time.
 * @throws CommandError, BackupError when the place is not empty, or beside others when an id or an address of the export is another one's there; nothing is changed then
 */
export async function importOrg(deps: ImportDeps): Promise<{ rows: number; blobs: number }> {
  const { manifest, into, steps, signal } = deps
  await assertOwnBlobs(deps)
  const exported = await accountsOf(deps)
  const around = await surveySurroundings(into.databaseUrl, exported)
  const known = deps.beside ? knownAccounts(exported, around) : new Set<string>()
  const tables = new Map((await tablesToLoad(deps, { around, known })).map((table) => [table.name, table]))
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  const step = steps.begin('rows', tables.size)
  let blobs = 0
  try {
    await loadDatabase({
      url: into.databaseUrl, dropSealed: false, revokeApiKeys: false, beside: deps.beside, log: createLog({ level: 'warn', name: 'cli' }),
      backup: {
        of: 'organization', facts: manifest, tables: [...tables.values()], sequences: [],
        async *rows({ name }) {
          for await (const batch of tables.get(name)?.lines() ?? []) {
            signal.throwIfAborted()
            yield batch
          }
          step.advance()
        },
      },
      async beforeCommit(gone) {
        step.done(`${count(rows, 'row')} of ${count(tables.size, 'table')}`)
        blobs = await putBlobs(deps, AbortSignal.any([signal, gone]))
      },
    })
  } finally {
    steps.stop()
  }
  return { rows, blobs }
}

/** Those of its members, as the export has them. */
async function accountsOf({ dir }: ImportDeps): Promise<{ id: string; email: string }[]> {
  const accounts: { id: string; email: string }[] = []
  for await (const batch of readLines<{ id: string; email: string }>(paths(dir).table('user_account'))) accounts.push(...batch.map(({ id, email }) => ({ id, email })))
  return accounts
}

/**
 * Accounts that are there already stay as they are, and their owners are members with what they sign in by there.
 * @throws CommandError when an address is that of somebody else there, or an account has another address
 */
function knownAccounts(exported: Surroundings['accounts'], { accounts }: Surroundings): ReadonlySet<string> {
  for (const { id, email } of accounts) {
    if (!exported.some((one) => one.id === id && one.email.toLowerCase() === email.toLowerCase())) {
      throw new CommandError(`The account ${email} (${id}) is there, and the export has it under another id or address: nothing was imported. An empty installation takes it.`)
    }
  }
  return new Set(accounts.map(({ id }) => id))
}

/** Bytes that are there already may be those of an earlier try of this import, and nothing else. */
async function assertOwnBlobs({ dir, into, beside, manifest }: ImportDeps): Promise<void> {
  const known = new Set<string>()
  for await (const batch of readLines<NamedBlob>(paths(dir).blobList)) for (const { orgId, sha256 } of batch) known.add(`${orgId}/${sha256}`)
  for await (const { orgId, sha256 } of into.blobs.list(...(beside ? [manifest.org.id] : []))) {
    if (!known.has(`${orgId}/${sha256}`)) throw new CommandError(`The store of files is not empty (org/${orgId}/${sha256}): an import never mixes. Use an empty one.`)
  }
}

/** The tables of the export, with what only this place can say: nobody's password, its own seals, its own signature and its own note of the import. */
async function tablesToLoad(deps: ImportDeps, { around, known }: { around: Surroundings; known: ReadonlySet<string> }): Promise<Loaded[]> {
  const { dir, manifest } = deps
  const keys = createAuditKeys({ secretKey: deps.secretKey })
  const tables: Loaded[] = manifest.tables.map((table) => ({
    ...table,
    async *lines() {
      for await (const batch of readLines<unknown>(paths(dir).table(table.name))) yield batch.map((line) => toRow(table, line, manifest.org.id))
    },
  }))
  const change = (name: string, by: (table: Loaded) => Loaded): void => {
    const at = tables.findIndex((table) => table.name === name)
    const table = tables[at]
    if (table !== undefined) tables[at] = by(table)
  }
  const signed = await ownCheckpoint(deps, keys)
  change('user_account', (table) => withoutKnown(table, known))
  change('user_account', (table) => withColumn(table, { column: { name: 'password_hash', type: 'text' }, value: () => hashOfNobody }))
  change('audit_seal', (table) => withColumn(table, { column: { name: 'mac', type: 'bytea' }, value: (seal) => bytea(keys.macOf(bytesOf(seal['hash']))) }))
  change('audit_checkpoint', (table) => ({ ...table, ...only(table, signed) }))
  change('audit', (table) => withNote(table, deps, around))
  return tables
}

const bytea = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`
type Named = Readonly<Record<string, string | null>>
const valuesOf = ({ columns }: Pick<OrgTable, 'columns'>, named: Named): Row => columns.map(({ name }) => named[name] ?? null)
const namedOf = ({ columns }: Pick<OrgTable, 'columns'>, row: Row): Named => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]))

function withColumn(table: Loaded, more: { column: OrgTable['columns'][number]; value: (row: Named) => string }): Loaded {
  return {
    ...table, columns: [...table.columns, more.column],
    async *lines() {
      for await (const batch of table.lines()) yield batch.map((row) => [...row, more.value(namedOf(table, row))])
    },
  }
}

/** Without the accounts that are there. */
const withoutKnown = (table: Loaded, known: ReadonlySet<string>): Loaded => ({
  ...table, rows: table.rows - known.size,
  async *lines() {
    for await (const batch of table.lines()) yield batch.filter((row) => !known.has(namedOf(table, row)['id'] ?? ''))
  },
})

const only = (table: Loaded, rows: readonly Named[]): Pick<Loaded, 'rows' | 'lines'> => ({
  rows: rows.length,
  async *lines() { yield rows.map((row) => valuesOf(table, row)) },
})

/**
 * Signatures of the old place prove nothing here, where its key is unknown; they stay in the export. One of this place's own says that the chain had come
 * to its last seal when it was taken in. Hashes and numbers are those of the old place, so whatever was exported or signed of the chain before holds.
 */
async function ownCheckpoint({ dir, manifest }: ImportDeps, { signer }: AuditKeys): Promise<Named[]> {
  const { head } = await verifyExportedChain(paths(dir), [])
  if (head === null) return []
  const at = `${new Date().toISOString().slice(0, -1)}000Z`
  const { keyId, signature } = signCheckpoint(signer, { org: manifest.org.id, ...head, at })
  return [{ org_id: manifest.org.id, seal_number: String(head.seal), key_id: keyId, signature: bytea(Buffer.from(signature, 'base64url')), at }]
}

/** A row more, in the audit of the installation: what was taken in, from whom, and the hash that stands for all of it. */
function withNote(table: Loaded, { manifest, sum }: ImportDeps, { lastAudit, reached }: Surroundings): Loaded {
  const { org, takenAt, publicKey } = manifest
  const rows = Object.fromEntries(manifest.tables.filter((it) => it.rows > 0).map((it) => [it.name, it.rows]))
  const note: Named = {
    org_id: PLATFORM_ORG_ID, xid: String(reached > BigInt(manifest.feedReached) ? reached : manifest.feedReached), actor_id: SYSTEM_USER_ID, actor_kind: 'system', action: 'orgs.import',
    subject_type: 'org', subject_id: org.id, at: new Date().toISOString(), data: JSON.stringify({ manifest: sum, takenAt, publicKey, rows, blobs: manifest.blobs.count }),
  }
  const idAt = table.columns.findIndex(({ name }) => name === 'id')
  return {
    ...table, rows: table.rows + 1,
    async *lines() {
      let last = lastAudit
      for await (const batch of table.lines()) {
        for (const row of batch) last = BigInt(row[idAt] ?? 0) > last ? BigInt(row[idAt] ?? 0) : last
        yield batch
      }
      yield [valuesOf(table, { ...note, id: String(last + 1n) })]
    },
  }
}

async function putBlobs({ dir, manifest, into, steps }: ImportDeps, signal: AbortSignal): Promise<number> {
  const from = blobsIn(paths(dir))
  const lost = new Set(manifest.lost)
  const step = steps.begin('files', manifest.blobs.count)
  let put = 0
  await forEachBounded(readLines<NamedBlob>(paths(dir).blobList), BLOBS_AT_ONCE, async (blob) => {
    signal.throwIfAborted()
    if (lost.has(blob.sha256)) return
    const failed = await copyBlob(from, into.blobs, { blob, signal })
    if (typeof failed === 'string') throw new CommandError(`blobs/org/${blob.orgId}/${blob.sha256}: ${failed}`)
    put += 1
    step.advance()
  })
  step.done(`${count(put, 'file')} (${formatBytes(manifest.blobs.bytes)})`)
  return put
}
