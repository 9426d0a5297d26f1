import { readSync } from 'node:fs'
import { describeFailure } from './failure.ts'
import { emit } from './emit.ts'
import { refuseNetwork } from './refuse-network.ts'
import type { ChildRequest } from '../sandbox/records.ts'

type OneRequest = Exclude<ChildRequest, { job: 'read' }>

/** Reads the one line of the request; the pipe stays open, and its end means that the parent is gone. */
function readRequest(): OneRequest {
  const chunks: Buffer[] = []
  const buffer = Buffer.alloc(65_536)
  for (;;) {
    const size = readSync(0, buffer, 0, buffer.length, null)
    if (size === 0) process.exit(1)
    chunks.push(Buffer.from(buffer.subarray(0, size)))
    if (buffer[size - 1] === 10) return JSON.parse(Buffer.concat(chunks).toString('utf8')) as OneRequest
  }
}

async function work(request: OneRequest): Promise<void> {
  switch (request.job) {
    case 'identify': return (await import('./identify-job.ts')).identifyJob(request)
    case 'picture': return (await import('./picture-job.ts')).pictureJob(request)
    case 'searchable': return (await import('./searchable-job.ts')).searchableJob(request)
    case 'convert': return (await import('./convert-job.ts')).convertJob(request)
    case 'ocr': return (await import('./ocr-job.ts')).ocrJob(request)
  }
}

refuseNetwork()
const request = readRequest()
process.stdin.on('end', () => process.exit(1)).on('error', () => process.exit(1)).resume()
try {
  await work(request)
} catch (error) {
  emit(describeFailure(error))
}
process.exit(0)
