import { setImmediate } from 'node:timers/promises'
import { readyLine } from '../sandbox/ready-line.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { createEmitter, emit, emitLine, type Emit } from './emit.ts'
import { describeFailure } from './failure.ts'
import { watchIntrinsics } from './intrinsics.ts'
import { refuseNetwork } from './refuse-network.ts'

export type ReadRequest = Extract<ChildRequest, { job: 'read' }>

/** What keeps a process busy: timers, files, threads. The sorted names are the same after a file when nothing of it goes on. */
const underWay = () => process.getActiveResourcesInfo().toSorted().join()

/**
 * A collection takes as long as a short document, so it waits until there is something to collect: what a reader needs anyway lies about the first figure, and with that
 * alone each file was followed by one.
 */
const [collectAtBytes, collectEachBytes] = [160 * 1024 ** 2, 48 * 1024 ** 2]

function createCollector(): () => void {
  const { rss } = process.memoryUsage
  let kept = 0
  return () => {
    if (rss() <= Math.max(collectAtBytes, kept + collectEachBytes)) return
    globalThis.gc?.()
    kept = rss()
  }
}

/** Requests as they come, one line each. The end of the pipe means that the parent is gone. */
function onRequest(take: (request: ReadRequest) => void): void {
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(JSON.parse(line) as ReadRequest)
  }).on('end', () => process.exit(1)).on('error', () => process.exit(1))
}

/**
 * Reads file after file with `work`. It says `ready` only as long as it is what it was at its start: no shared value changed, nothing under
 * way. A reader that finds itself changed ends, and so does one whose file failed, as nobody knows where its parser stopped.
 */
export async function serve(work: (request: ReadRequest, emit: Emit) => Promise<void>): Promise<void> {
  refuseNetwork()
  let busy = false
  const unchanged = watchIntrinsics()
  const collect = createCollector()
  async function next(request: ReadRequest): Promise<void> {
    if (busy) process.exit(1)
    busy = true
    const records = createEmitter()
    try {
      await work(request, records.emit)
    } catch (error) {
      emit(describeFailure(error))
      process.exit(0)
    }
    records.close()
    await setImmediate()
    collect()
    if (!unchanged() || underWay() !== quiet) process.exit(0)
    busy = false
    emitLine(readyLine)
  }
  onRequest((request) => void next(request))
  await setImmediate()
  const quiet = underWay()
  emitLine(readyLine)
}
