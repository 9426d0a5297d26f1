import { join } from 'node:path'
import { carried, type NamedBlob } from '@intellidocs/db'
import { forEachBounded } from '../backup/each.ts'
import { readLines } from '../backup/lines.ts'
import type { Steps } from '../backup/steps.ts'
import { CommandError } from '../failure.ts'
import { count } from '../output.ts'
import { verifyExportedChain } from './chain.ts'
import { blobsIn, faultOf, paths } from './folder.ts'
import { readManifest, type OrgManifest } from './manifest.ts'
import { toLine, toRow } from './rows.ts'

/** Tables without which the rest cannot be told to be whole. */
const NEEDED = ['org', 'user_account', 'membership', 'audit', 'audit_seal', 'audit_checkpoint']

export type CheckedExport = {
  readonly manifest: OrgManifest
  /** SHA-256 of the manifest, which names the hash of everything else. */
  readonly sum: string
  readonly faults: readonly string[]
}

type Checking = { readonly dir: string; readonly keys: readonly string[]; readonly steps: Steps; readonly signal: AbortSignal }

/**
 * Reads every byte of an export and names what is missing, damaged, foreign, or not as the audit's seals and signatures say. Changes nothing.
 * @throws CommandError when the manifest is not that of an export of this format
 */
export async function checkExport(checking: Checking): Promise<CheckedExport> {
  const at = paths(checking.dir)
  const { manifest, sum } = await readManifest(at.manifest, checking.keys)
  const faults = strangeParts(manifest)
  for (const { name, file } of manifest.tables) {
    checking.signal.throwIfAborted()
    const fault = await faultOf(at.table(name), file)
    if (fault !== null) faults.push(`rows/${name}.ndjson.gz ${fault}`)
  }
  const fault = await faultOf(at.blobList, manifest.blobs.file)
  if (fault !== null) faults.push(`blobs.ndjson.gz ${fault}`)
  // What is damaged is not read: nobody knows what stands in it.
  if (faults.length === 0) faults.push(...await rowFaults(checking, manifest), ...await chainFaults(checking, manifest), ...await blobFaults(checking, manifest))
  return { manifest, sum, faults }
}

/** What an export never has: rows of other kinds, and columns that would give somebody a password, a key or rights. */
function strangeParts({ tables }: OrgManifest): string[] {
  const faults = NEEDED.filter((name) => !tables.some((table) => table.name === name)).map((name) => `the manifest does not name ${name}`)
  for (const [at, { name, columns }] of tables.entries()) {
    const rule = Object.hasOwn(carried, name) ? carried[name] : undefined
    const column = columns.find((it) => rule?.without?.includes(it.name))
    if (rule === undefined || tables.findIndex((table) => table.name === name) !== at) faults.push(`the manifest names ${name}, which does not belong to an export`)
    else if (column !== undefined) faults.push(`the manifest names ${name}.${column.name}, which does not belong to an export`)
  }
  return faults
}

async function rowFaults({ dir, signal }: Checking, manifest: OrgManifest): Promise<string[]> {
  const at = paths(dir)
  const people = { user_account: new Set<string>(), membership: new Set<string>() }
  for (const table of manifest.tables) {
    let rows = 0
    try {
      for await (const batch of readLines<unknown>(at.table(table.name))) {
        signal.throwIfAborted()
        for (const line of batch) {
          const named = toLine(table, toRow(table, line, manifest.org.id))
          if (table.name === 'user_account') people.user_account.add(named['id'] ?? '')
          if (table.name === 'membership') people.membership.add(named['user_id'] ?? '')
        }
        rows += batch.length
      }
    } catch (error) {
      if (error instanceof CommandError) return [error.message]
      throw error
    }
    if (rows !== table.rows) return [`rows/${table.name}.ndjson.gz has ${rows} rows, and the manifest says ${table.rows}`]
  }
  const { user_account: accounts, membership: members } = people
  return accounts.size === members.size && [...accounts].every((id) => members.has(id)) ? [] : ['user_account: the accounts are not those of the members']
}

async function chainFaults({ dir, keys }: Checking, { publicKey }: OrgManifest): Promise<string[]> {
  const { broken } = await verifyExportedChain(paths(dir), [publicKey, ...keys])
  return broken === null ? [] : [`the audit is broken at ${broken.seq}: ${broken.problem}`]
}

async function blobFaults({ dir, steps, signal }: Checking, { org, blobs, lost }: OrgManifest): Promise<string[]> {
  const at = paths(dir)
  const store = blobsIn(at)
  const without = new Set(lost)
  const faults: string[] = []
  const step = steps.begin('export checked', blobs.count)
  let named = 0
  await forEachBounded(readLines<NamedBlob>(at.blobList), 2, async ({ orgId, sha256 }) => {
    signal.throwIfAborted()
    named += 1
    if (orgId !== org.id) faults.push('blobs.ndjson.gz names bytes of another organization')
    else if (!without.has(sha256) && !await store.verify(orgId, sha256)) {
      faults.push(`${join('blobs', 'org', orgId, sha256)} is ${await store.stat(orgId, sha256) === null ? 'missing' : 'damaged'}`)
    }
    step.advance()
  })
  if (named !== blobs.count) faults.push(`blobs.ndjson.gz names ${named} files, and the manifest says ${blobs.count}`)
  step.done(`${count(blobs.count, 'file')}, ${count(faults.length, 'fault')}`)
  return faults
}
