// npm run bench:fair -- [--queued 500] [--repeats 5]
// One organization's document while another one has hundreds queued, against the same document on an idle installation, through the public API.
// Times run from the beginning of the upload to the event `documents.ready.v1`. One JSON line last: { fair: { alone_s, beside_500_s, ratio, … } }.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { IntelliDocsClient } from '@intellidocs/client'
import { signIn } from '../apps/launcher/src/archive.ts'
import { median, rounded } from './figures.ts'
import { startStack, type Stack } from './stack.ts'

const UPLOADS_AT_ONCE = 8
/** The first documents pay for what is loaded and compiled once. */
const WARM_UP = 5
const READY_MS = 10 * 60_000

const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
const toThousandths = (value: number): number => rounded(value, 3)

const words = ['harbour', 'committee', 'report', 'storm', 'ship', 'invoice', 'plywood', 'monday', 'deep', 'basin', 'signed', 'paid', 'north', 'seven']
/** A text of a page, of other bytes each time. */
function text(): Uint8Array<ArrayBuffer> {
  const line = (): string => Array.from({ length: 12 }, () => words[randomInt(words.length)]).join(' ')
  return new TextEncoder().encode(Array.from({ length: 30 }, line).join('.\n'))
}

/** Seconds from the upload's beginning to `ready`. */
async function timeOne(client: IntelliDocsClient): Promise<number> {
  const ready = new Set<string>()
  let nudge = Promise.withResolvers<void>()
  const live = client.live({
    onEvent: (event) => {
      if (event.type === 'documents.failed.v1') nudge.reject(new Error('the document failed'))
      if (event.type !== 'documents.ready.v1' || event.documentId === null) return
      ready.add(event.documentId)
      nudge.resolve()
    },
  })
  const tooLate = setTimeout(() => nudge.reject(new Error(`not ready within ${READY_MS} ms`)), READY_MS)
  try {
    const began = performance.now()
    const { document } = await client.upload(text(), { name: 'one.txt' })
    while (!ready.has(document.id)) {
      await nudge.promise
      nudge = Promise.withResolvers()
    }
    return (performance.now() - began) / 1000
  } finally {
    clearTimeout(tooLate)
    live.close()
  }
}

const countOf = async (admin: pg.Client, orgId: string, state: 'queued' | 'ready'): Promise<number> => {
  const { rows } = await admin.query<{ n: number }>('select count(*)::int as n from document_version where org_id = $1 and state = $2', [orgId, state])
  return rows[0]?.n ?? 0
}

/** Sends until so many wait that nobody has begun to read. */
async function fill(client: IntelliDocsClient, count: () => Promise<number>, wanted: number): Promise<number> {
  for (let waiting = await count(); ; waiting = await count()) {
    if (waiting >= wanted) return waiting
    let left = wanted - waiting + UPLOADS_AT_ONCE
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, async () => {
      while (left-- > 0) await client.upload(text(), { name: 'one of many.txt' })
    }))
  }
}

async function organization({ product }: Stack, slug: string): Promise<{ id: string; client: IntelliDocsClient }> {
  const { administrator } = product
  if (administrator === null || administrator.password === null) throw new Error('the API made no administrator on an empty database')
  const known = { ...administrator, password: administrator.password }
  const first = await signIn(product.url, known)
  const { id } = await first.api.orgs.create.mutate({ name: slug, slug })
  await first.close()
  return { id, client: await signIn(product.url, { ...known, org: slug }) }
}

async function measure(stack: Stack, { queued, repeats }: { queued: number; repeats: number }) {
  const [many, one] = [await organization(stack, 'many'), await organization(stack, 'one')]
  const admin = new pg.Client({ connectionString: stack.adminUrl })
  await admin.connect()
  try {
    for (let n = 0; n < WARM_UP; n += 1) await timeOne(one.client)
    const alone: number[] = []
    for (let n = 0; n < repeats; n += 1) alone.push(await timeOne(one.client))
    say(`alone: ${alone.map(toThousandths).join(', ')} s`)
    const beside: number[] = []
    const overtook: number[] = []
    const [since, before] = [performance.now(), await countOf(admin, many.id, 'ready')]
    let least = Number.POSITIVE_INFINITY
    for (let n = 0; n < repeats; n += 1) {
      const waiting = await fill(many.client, () => countOf(admin, many.id, 'queued'), queued)
      const ready = await countOf(admin, many.id, 'ready')
      beside.push(await timeOne(one.client))
      overtook.push(await countOf(admin, many.id, 'ready') - ready)
      least = Math.min(least, await countOf(admin, many.id, 'queued'))
      say(`beside ${waiting} queued: ${toThousandths(beside.at(-1) ?? 0)} s, ${overtook.at(-1) ?? 0} others were ready before it`)
    }
    const read = await countOf(admin, many.id, 'ready') - before
    return {
      alone_s: toThousandths(median(alone)), [`beside_${queued}_s`]: toThousandths(median(beside)), ratio: toThousandths(median(beside) / median(alone)),
      alone_all_s: alone.map(toThousandths), beside_all_s: beside.map(toThousandths), least_queued: least, ready_before: overtook,
      docs_per_s: toThousandths(read / (performance.now() - since) * 1000), database: stack.database,
    }
  } finally {
    await admin.end()
    await Promise.all([many.client.close(), one.client.close()])
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { queued: { type: 'string', default: '500' }, repeats: { type: 'string', default: '5' } } })
  const stack = await startStack({ embedded: false, say })
  try {
    const fair = await measure(stack, { queued: Number(values.queued), repeats: Number(values.repeats) })
    process.stdout.write(`${JSON.stringify({ fair })}\n`)
  } finally {
    await stack.stop()
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
})
