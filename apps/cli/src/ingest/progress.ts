import { MultiBar, type SingleBar } from 'cli-progress'
import type { Document } from '@intellidocs/contracts'
import type { Output, Streams } from '../output.ts'
import { count, formatBytes, printable } from '../output.ts'
import { describeReason, describeWarnings } from '../states.ts'
import type { Outcome } from './ingest.ts'
import type { LocalFile } from './collect.ts'

/** How an ingest is shown: bars at a terminal, a line a finished file elsewhere, nothing with `--json`. */
export type Progress = {
  sending(file: LocalFile, sent: number): void
  reading(file: LocalFile, document: Document): void
  finished(file: LocalFile, outcome: Outcome): void
  stop(): void
}

const NAME_WIDTH = 32
const FORMAT = '{name} {bar} {percentage}% {what}'

export function createProgress(out: Output, streams: Streams, files: readonly LocalFile[]): Progress {
  if (out.interactive) return createBars(out, streams, files)
  const silent: Progress = { sending: () => undefined, reading: () => undefined, finished: () => undefined, stop: () => undefined }
  return out.json ? silent : { ...silent, finished: (file, outcome) => { out.print(outcomeLine(out, file, outcome)) } }
}

/** `ready   report.pdf  12 pages  0193…`, and below it what is to be known of what was read. */
export function outcomeLine({ colors }: Output, file: LocalFile, outcome: Outcome): string {
  const name = printable(file.name)
  if (outcome.error !== undefined) return `${colors.red('failed')}  ${name}  ${printable(outcome.error)}`
  const { document } = outcome
  if (document.state === 'ready') {
    const line = `${colors.green('ready')}  ${name}  ${count(document.pages ?? 0, 'page')}  ${colors.dim(document.id)}`
    return [line, ...describeWarnings(document).map((sentence) => colors.yellow(`    ${sentence}`))].join('\n')
  }
  if (!outcome.ok) return `${colors.red(document.state)}  ${name}  ${document.reason ?? ''}: ${describeReason(document)}  ${colors.dim(document.id)}`
  return `${colors.green('accepted')}  ${name}  ${colors.dim(document.id)}`
}

/** A bar for each file under way and one for all. Sending is the first half of a file's bar, reading the second. */
function createBars(out: Output, streams: Streams, files: readonly LocalFile[]): Progress {
  const multi = new MultiBar({ format: FORMAT, barsize: 24, hideCursor: true, clearOnComplete: true, stream: streams.stderr, autopadding: true })
  const bars = new Map<string, SingleBar>()
  const total = multi.create(files.length, 0, { name: 'all files'.padEnd(NAME_WIDTH), what: `0/${files.length}` })
  let finished = 0

  function barOf(file: LocalFile): SingleBar {
    const name = fit(printable(file.name), NAME_WIDTH)
    const bar = bars.get(file.path) ?? multi.create(100, 0, { name, what: '' })
    bars.set(file.path, bar)
    return bar
  }

  return {
    sending(file, sent) {
      barOf(file).update(Math.round((50 * sent) / Math.max(1, file.size)), { what: `sending ${formatBytes(sent)} of ${formatBytes(file.size)}` })
    },
    reading(file, { progress, pages }) {
      const of = progress.pages ?? pages ?? 0
      const done = of > 0 ? progress.pagesDone / of : 0
      const what = progress.stage ? `${progress.stage} ${progress.pagesDone}/${of || '?'}` : 'waiting'
      barOf(file).update(50 + Math.round(50 * Math.min(1, done)), { what })
    },
    finished(file, outcome) {
      const bar = bars.get(file.path)
      if (bar) multi.remove(bar)
      bars.delete(file.path)
      multi.log(`${outcomeLine(out, file, outcome)}\n`)
      finished += 1
      total.update(finished, { what: `${finished}/${files.length}` })
    },
    stop() {
      // What was said since the bars were last drawn; stopping would drop it.
      multi.update()
      multi.stop()
    },
  }
}

const fit = (text: string, width: number): string => {
  const letters = [...text]
  return letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text.padEnd(width)
}
