import type { VersionId } from './ids.ts'

/** A processing run as Temporal knows it: a version, and the attempt that fences it. */
export type RunRef = { readonly versionId: VersionId; readonly attempt: number }

/** The business key of a run. One attempt is one run, for ever. */
export const processingRunId = (run: RunRef): string => `document-processing/${run.versionId}/${run.attempt}`

/** What `processingRunId` made the id of; null for any other id. */
export function processingRunOf(id: string): RunRef | null {
  const [, versionId, attempt] = /^document-processing\/([0-9a-f-]{36})\/(\d{1,9})$/.exec(id) ?? []
  return versionId === undefined ? null : { versionId: versionId as VersionId, attempt: Number(attempt) }
}
