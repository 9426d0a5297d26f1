// npm run bench:abuse -- [--only PART[,PART]] [--sockets N] [--mb N] [--frames N] [--bodies N] [--pages N] [--small]
// What somebody hostile, or merely many, can make of one API process: memory, answers, and whether it lives. Parts: subscribers,
// slow-readers, slow-senders, uploads, wrong-bodies, fuzz, and long-pdf on the whole product. `--small` leaves out the
// two bodies of 5 GB. One JSON line last: keys in docs/benchmarks.md.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureFuzz } from './abuse/fuzz.ts'
import { longPdf } from './abuse/long-pdf.ts'
import { measureSlowReaders } from './abuse/slow-readers.ts'
import { measureSlowSenders } from './abuse/slow-senders.ts'
import { measureSubscribers } from './abuse/subscribers.ts'
import { startTarget, type Target } from './abuse/target.ts'
import { measureUploads } from './abuse/uploads.ts'
import { measureWrongBodies } from './abuse/wrong-bodies.ts'

const { values } = parseArgs({ options: {
  only: { type: 'string' }, sockets: { type: 'string', default: '10000' }, mb: { type: 'string', default: '1024' },
  frames: { type: 'string', default: '5000' }, bodies: { type: 'string', default: '2000' }, pages: { type: 'string', default: '10000' },
  small: { type: 'boolean', default: false },
} })
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

/** A process for each part, so that none measures what another has left. */
async function alone<T>(measure: (target: Target) => Promise<T>): Promise<T> {
  const target = await startTarget(say)
  try {
    return await measure(target)
  } finally {
    await target.stop()
  }
}

const parts: Record<string, () => Promise<object>> = {
  'subscribers': () => alone((target) => measureSubscribers(target, { sockets: Number(values.sockets), say })),
  'slow-readers': () => alone((target) => measureSlowReaders(target, { say })),
  'slow-senders': () => alone((target) => measureSlowSenders(target, { say })),
  'uploads': () => alone((target) => measureUploads(target, { megabytes: Number(values.mb), say })),
  'wrong-bodies': () => alone((target) => measureWrongBodies(target, { large: !values.small, say })),
  'fuzz': () => alone((target) => measureFuzz(target, { frames: Number(values.frames), bodies: Number(values.bodies), say })),
  'long-pdf': async () => (await longPdf({ pages: Number(values.pages), say })).long_pdf,
}

/** Node has taken the soft limit up to the hard one by itself; nobody but the owner of the machine raises that. */
function assertFileLimit(sockets: number): void {
  const most = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0)
  if (most < sockets + 500) throw new Error(`${sockets} sockets need as many open files and 500 more: ulimit -n says ${most}`)
}

async function main(): Promise<void> {
  const chosen = values.only?.split(',') ?? Object.keys(parts)
  const unknown = chosen.filter((name) => !(name in parts))
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  assertFileLimit(Number(values.sockets))
  const results: object[] = []
  for (const name of chosen) {
    say(`--- ${name}`)
    results.push(await parts[name]?.() ?? {})
  }
  process.stdout.write(`${JSON.stringify({ abuse: Object.assign({}, ...results) })}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
