import type { ChildRequest } from '../sandbox/records.ts'
import { detect } from '../detect/detect.ts'
import { emit } from './emit.ts'

export async function identifyJob(request: Extract<ChildRequest, { job: 'identify' }>): Promise<void> {
  const { mime, format } = await detect(request.path, request.fileName)
  emit({ type: 'identified', mime, format })
  emit({ type: 'done', pages: 0 })
}
