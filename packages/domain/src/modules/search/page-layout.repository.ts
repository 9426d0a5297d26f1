import type { Box, OrgId, Span, VersionId } from '@intellidocs/contracts'
import { boxesOfSpan, unpackBoxes } from '@intellidocs/extraction'
import type { Tx } from '@intellidocs/kernel'

/** Spans of the text of one page. */
export type PlacesAsked = { readonly versionId: VersionId; readonly page: number; readonly spans: readonly Span[] }

/**
 * Where spans of pages stand, in the order of what was asked: for each the rectangles of its spans, line by line. Empty where the page has no places.
 * Whether the actor may read the pages is asked before.
 */
export async function boxesOf(tx: Tx, orgId: OrgId, asked: readonly PlacesAsked[]): Promise<Box[][]> {
  if (asked.length === 0) return []
  const rows = await tx.$queryRaw<{ at: number; boxes: Uint8Array; text: string }[]>`
    select a.at::int as at, l.boxes, p.text
    from unnest(${asked.map((one) => one.versionId)}::uuid[], ${asked.map((one) => one.page)}::int[]) with ordinality a(version_id, number, at)
    join page_layout l on l.org_id = ${orgId}::uuid and l.version_id = a.version_id and l.number = a.number
    join page p on p.org_id = l.org_id and p.version_id = l.version_id and p.number = l.number and p.attempt = l.attempt`
  const found = new Map(rows.map((row) => [row.at, row]))
  return asked.map(({ spans }, index) => {
    const row = found.get(index + 1)
    if (row === undefined) return []
    const words = unpackBoxes(row.boxes)
    return spans.flatMap((span) => boxesOfSpan(row.text, words, span))
  })
}
