import { verifyStoredChain, type ChainReport, type StoredCheckpoint, type StoredRow, type StoredSeal } from '@intellidocs/audit'
import { readLines } from '../backup/lines.ts'
import type { Paths } from './folder.ts'
import type { Line } from './rows.ts'

/** The audit of an export against its own seals and signatures, offline. Without `keys` no signature is looked at. */
export async function verifyExportedChain(at: Paths, keys: readonly string[]): Promise<ChainReport> {
  const checkpoints: StoredCheckpoint[] = []
  for await (const batch of readLines<Line>(at.table('audit_checkpoint'))) checkpoints.push(...batch.map(checkpointOf))
  return verifyStoredChain({ rows: each(at.table('audit'), rowOf), seals: each(at.table('audit_seal'), sealOf), checkpoints }, keys)
}

async function* each<T>(path: string, make: (line: Line) => T): AsyncIterable<T> {
  for await (const batch of readLines<Line>(path)) for (const line of batch) yield make(line)
}

const text = (line: Line, column: string): string => line[column] ?? ''
/** As Postgres writes bytes: `\x` and hexadecimal digits. */
export const bytesOf = (value: string | null | undefined): Buffer => Buffer.from((value ?? '').slice(2), 'hex')

/** A moment as Postgres writes it in UTC, `2026-11-30 02:38:21.12+00`, as the audit spells it: with all six decimals. */
export function momentOf(value: string): string {
  const [, day = '', time = '', fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(value) ?? []
  return `${day}T${time}.${fraction.padEnd(6, '0')}Z`
}

const rowOf = (line: Line): Omit<StoredRow, 'seq'> => ({
  org: text(line, 'org_id'), xid: text(line, 'xid'), id: text(line, 'id'), at: momentOf(text(line, 'at')),
  actorId: text(line, 'actor_id'), actorKind: text(line, 'actor_kind'), sessionId: line['session_id'] ?? null, keyId: line['key_id'] ?? null,
  address: line['address'] ?? null, action: text(line, 'action'), subjectType: text(line, 'subject_type'), subjectId: line['subject_id'] ?? null,
  requestId: line['request_id'] ?? null, dataText: text(line, 'data'),
})

const sealOf = (line: Line): StoredSeal => ({
  org: text(line, 'org_id'), number: Number(line['number']), first: Number(line['first_seq']), count: Number(line['row_count']), at: momentOf(text(line, 'at')),
  previous: bytesOf(line['previous']).toString('hex'), rowHashes: bytesOf(line['row_hashes']), hash: bytesOf(line['hash']),
})

const checkpointOf = (line: Line): StoredCheckpoint => ({
  seal: Number(line['seal_number']), keyId: text(line, 'key_id'), at: momentOf(text(line, 'at')), signature: bytesOf(line['signature']).toString('base64url'),
})
