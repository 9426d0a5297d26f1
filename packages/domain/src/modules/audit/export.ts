import { createHash } from 'node:crypto'
import { endText, exportFormat, lineOfRow, lineOfSeal, type Checkpoint, type ExportHeader, type StoredRow } from '@intellidocs/audit'
import type { AuditFilter, AuditFormat } from '@intellidocs/contracts'
import { recordAudit, type Actor } from '@intellidocs/kernel'
import { FIRST_PLACE, type AuditDeps, type Place, type StoredSeal } from './audit.types.ts'
import { checkpointOf, signHead } from './checkpoints.ts'
import { numbered } from './numbered-rows.ts'
import { toOcsf } from './ocsf.ts'
import { assertOwnSeal, headOf, NO_HEAD } from './own-seals.ts'
import { sealAll } from './sealer.ts'
import { checkpointsOf, rowsBetween, sealsAfter, type StoredCheckpoint } from './seals.repository.ts'
import { shownBy } from './shown-rows.ts'

export type ExportInput = AuditFilter & { readonly format: AuditFormat }
export type ExportStream = { readonly contentType: string; readonly fileName: string; readonly complete: boolean; readonly lines: AsyncIterable<string> }

const NOTE_COMPLETE = 'Every sealed row of the organization. Whether one was changed, removed or moved can be told with this file and the public key alone.'
const NOTE_FILTERED = 'Filtered: that these rows are as they were sealed can be told, whether others are missing cannot.'

const given = (filter: AuditFilter): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined))

/**
 * The organization's rows that are sealed, which at the beginning everything is that was committed; streamed seal by seal, so that memory does
 * not grow with the number of rows. That somebody exports is a row of its own, and so is what was signed for it. What breaks off half-way lacks its signed end.
 * Rows older than the plan shows are left out, as by a filter. `plan.feature` where the plan has no exports.
 */
export async function exportAudit(deps: AuditDeps, actor: Actor, input: ExportInput): Promise<ExportStream> {
  const { format, ...asked } = input
  const filter = await deps.runInTx(actor, async (tx) => {
    await deps.quota.mustHave(tx, actor, 'auditExport')
    const shown = given((await shownBy(deps, { tx, actor }, asked)).filter)
    await recordAudit(tx, actor, { action: 'audit.export', subjectType: 'org', subjectId: actor.orgId, data: { format, filter: shown } })
    return shown
  })
  const complete = Object.keys(filter).length === 0
  await sealAll(deps, actor.orgId)
  const head = await signHead(deps, actor.orgId, actor)
  const sealed = { deps, actor, filter, upTo: head?.seal ?? 0 }
  const day = deps.clock.now().toISOString().slice(0, 10)
  return format === 'ocsf'
    ? { complete, contentType: 'application/x-ndjson', fileName: `audit-${day}.ocsf.jsonl`, lines: ocsfLines(sealed) }
    : { complete, contentType: 'application/x-ndjson', fileName: `audit-${day}.jsonl`, lines: provenLines(sealed, { head, complete }) }
}

type Sealed = { readonly deps: AuditDeps; readonly actor: Actor; readonly filter: Record<string, string>; readonly upTo: number }
type SealedRows = { readonly seal: StoredSeal; readonly rows: StoredRow[]; readonly checkpoints: StoredCheckpoint[] }

/** Seal by seal, each with those of its rows that are meant. @throws AppError audit.broken, so that what was forged lacks the signed end */
async function* sealsOf({ deps, actor, filter, upTo }: Sealed): AsyncGenerator<SealedRows> {
  let after: Place = FIRST_PLACE
  let head = NO_HEAD
  while (head.seal < upTo) {
    const found = await deps.runInTx(actor, async (tx) => {
      const [seal] = await sealsAfter(tx, actor.orgId, { after: head.seal, limit: 1 })
      if (seal === undefined) return null
      const rows = await rowsBetween(tx, actor.orgId, { after, upTo: seal.place, limit: seal.count + 1, filter })
      return { seal, rows: numbered(seal, rows), checkpoints: await checkpointsOf(tx, seal) }
    }, { readOnly: true })
    if (found === null) return
    assertOwnSeal(deps.keys, found.seal, head)
    yield found
    ;[head, after] = [headOf(found.seal), found.seal.place]
  }
}

async function* ocsfLines(sealed: Sealed): AsyncGenerator<string> {
  for await (const { rows } of sealsOf(sealed)) for (const row of rows) yield `${JSON.stringify(toOcsf(row))}\n`
}

type Proof = { readonly head: Checkpoint | null; readonly complete: boolean }

async function* provenLines(sealed: Sealed, proof: Proof): AsyncGenerator<string> {
  const { signer } = sealed.deps.keys
  const digest = createHash('sha256')
  const signedOver = (line: string): string => {
    digest.update(`${line}\n`, 'utf8')
    return `${line}\n`
  }
  let rows = 0
  yield signedOver(JSON.stringify(headerOf(sealed, proof)))
  for await (const found of sealsOf(sealed)) {
    if (!proof.complete && found.rows.length === 0) continue
    yield signedOver(lineOfSeal(found.seal, found.seal.hash.toString('hex')))
    yield found.rows.map((row) => signedOver(lineOfRow(row))).join('')
    for (const stored of found.checkpoints) yield signedOver(JSON.stringify({ type: 'checkpoint', ...checkpointOf(found.seal, stored) }))
    rows += found.rows.length
  }
  const end = { rows, digest: digest.digest('hex'), keyId: signer.keyId }
  yield `${JSON.stringify({ type: 'end', ...end, signature: signer.sign(endText(end)) })}\n`
}

function headerOf({ deps, actor, filter }: Sealed, { head, complete }: Proof): ExportHeader {
  const { keyId, publicKey } = deps.keys.signer
  return {
    type: 'header', format: exportFormat, org: actor.orgId, complete, note: complete ? NOTE_COMPLETE : NOTE_FILTERED, filter,
    first: 1, seals: head?.seal ?? 0, last: head?.seq ?? 0, exportedAt: deps.clock.now().toISOString(), keyId, publicKey,
  }
}
