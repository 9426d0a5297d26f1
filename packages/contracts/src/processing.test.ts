import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { versionId } from './ids.ts'
import { processingRunId, processingRunOf } from './processing.ts'

test('the id of a run tells its version and attempt, and no other id does', () => {
  const run = { versionId: versionId.parse(randomUUID()), attempt: 12 }
  expect(processingRunOf(processingRunId(run))).toEqual(run)
  for (const id of ['', 'document-processing/x/1', `other/${run.versionId}/1`, `${processingRunId(run)}/2`]) expect(processingRunOf(id)).toBeNull()
})
