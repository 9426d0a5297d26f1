import { unreadReasons, type UnreadReason, type Warning, type WarningReason } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { ProcessingRef } from './processing.types.ts'

/** What is known of the file as a whole at this attempt. */
export async function fileWarnings(tx: Tx, ref: ProcessingRef): Promise<Warning[]> {
  const rows = await tx.$queryRaw<{ warnings: Warning[] }[]>`
    select warnings from document_version where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt}`
  return rows[0]?.warnings ?? []
}

/** Call behind `fence`. */
export async function setFileWarnings(tx: Tx, ref: ProcessingRef, warnings: readonly Warning[]): Promise<void> {
  await tx.$executeRaw`
    update document_version set warnings = ${JSON.stringify(warnings)}::jsonb
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt}`
}

/** What is known of single pages of this attempt, in their order. */
export function pageWarnings(tx: Tx, ref: ProcessingRef): Promise<{ number: number; reason: WarningReason }[]> {
  return tx.$queryRaw<{ number: number; reason: WarningReason }[]>`
    select p.number, w.reason from page p cross join lateral unnest(p.warnings) w(reason)
    where p.org_id = ${ref.orgId}::uuid and p.version_id = ${ref.versionId}::uuid and p.attempt = ${ref.attempt} order by p.number`
}

/** Why the first unread page of this attempt was not read, where no page at all has words; null where one has, or nothing was lost. */
export async function lostWith(tx: Tx, ref: ProcessingRef): Promise<UnreadReason | null> {
  const rows = await tx.$queryRaw<{ reason: UnreadReason }[]>`
    select w.reason from page p cross join lateral unnest(p.warnings) w(reason)
    where p.org_id = ${ref.orgId}::uuid and p.version_id = ${ref.versionId}::uuid and p.attempt = ${ref.attempt} and p.source = 'unread'
      and w.reason = any(${Object.keys(unreadReasons)}::text[])
      and not exists (select from page o where o.org_id = p.org_id and o.version_id = p.version_id and o.attempt = p.attempt and btrim(o.text) <> '')
    order by p.number limit 1`
  return rows[0]?.reason ?? null
}

/** How many pages of this attempt crossed a limit of theirs. */
export async function countStopped(tx: Tx, ref: ProcessingRef): Promise<number> {
  const rows = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from page where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt = ${ref.attempt}
      and source = 'unread' and warnings && array['cpu_limit', 'memory_limit', 'time_limit', 'output_limit']`
  return rows[0]?.count ?? 0
}
