// `npm run demo`: the product on a throw-away data folder and free ports, the examples, two searches, an approval by two people, a link, the use of the
// plan, a legal hold, and an end.
// The last line of stdout is JSON; exit 1 unless everything went as it should.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Document, Hit } from '@intellidocs/contracts'
import { environmentWith, freePort, loadConfig } from '@intellidocs/kernel'
import picocolors from 'picocolors'
import { answerFor, type AnsweredFor } from './answer-for.ts'
import { carryThrough, type Approval } from './approval.ts'
import { ask, ingestExamples, openSession, questions } from './archive.ts'
import { showHit } from './passages.ts'
import { createProgress } from './progress.ts'
import { StartError } from './start-error.ts'
import { startProduct, type Product } from './supervisor.ts'
import { createTerminal } from './terminal.ts'

/** How the examples must end; examples/README.md says the same in words. `top` is where the answer to each question stands. */
const expected = {
  documents: { ready: 13, failed: 1, needs_password: 1 },
  top: [{ document: 'delivery-note-scan.pdf', page: 1 }, { document: 'annual-report-2025.pdf', page: 4 }],
  people: ['ada@example.org', 'ben@example.org'],
}

type Result = {
  documents: { ready: number; failed: number; needs_password: number }
  pages: number
  search: { query: string; hits: number; top: { document: string; page: number } | null }[]
  approval: Approval
  answersFor: AnsweredFor
  workflows: number
  seconds: number
}

const say = (line: string): void => void process.stderr.write(`${picocolors.dim('·')} ${line}\n`)
const began = performance.now()

/** What differs from the expectation, in words; empty when nothing does. */
function differences(result: Result): string[] {
  const found: string[] = []
  for (const state of ['ready', 'failed', 'needs_password'] as const) {
    if (result.documents[state] !== expected.documents[state]) found.push(`${result.documents[state]} documents are ${state}, expected ${expected.documents[state]}`)
  }
  result.search.forEach(({ query, top }, index) => {
    const want = expected.top[index]
    if (top?.document !== want?.document || top?.page !== want?.page) found.push(`"${query}" found ${JSON.stringify(top)}, expected ${JSON.stringify(want)}`)
  })
  const documents = Object.values(result.documents).reduce((sum, count) => sum + count, 0)
  if (result.workflows < documents + 1) found.push(`${result.workflows} workflows for ${documents} documents and a flow`)
  return [...found, ...differencesOf(result.approval), ...differencesFor(result.answersFor)]
}

function* differencesOf({ outcome, asked, decided, tags, certificate }: Approval): Generator<string> {
  const people = expected.people.join(', ')
  if (outcome !== 'approved') yield `the run ended ${outcome}`
  if (asked.join(', ') !== people) yield `${asked.join(', ')} were asked, expected ${people}`
  if (decided.map(({ by, verdict }) => `${by} ${verdict}`).join(', ') !== expected.people.map((by) => `${by} approve`).join(', ')) yield `decided was ${JSON.stringify(decided)}`
  if (!tags.includes('approved')) yield `the document is tagged ${tags.join(', ')}`
  if (!certificate.verified) yield `${certificate.pdf} and ${certificate.json} do not both verify`
  if (!certificate.changeNoticed) yield 'a changed certificate passed for a true one'
}

function* differencesFor({ link, plan, hold }: AnsweredFor): Generator<string> {
  if (link.open !== 200 || link.revoked !== 404) yield `the link answered ${link.open}, and ${link.revoked} once it was revoked`
  if (plan !== 'own') yield `the plan is ${plan}`
  if (!hold.refused || !hold.kept) yield `the hold did not keep its document: ${JSON.stringify(hold)}`
}

type Show = { readonly mailDir: string; readonly configDir: string; readonly signal: AbortSignal }

async function show(product: Product, { signal, ...folders }: Show): Promise<Result> {
  const { administrator } = product
  if (administrator === null || administrator.password === null) throw new Error('the API made no administrator on an empty data folder')
  const session = await openSession(product.url, { ...administrator, password: administrator.password })
  const { client } = session
  try {
    process.stdout.write(`\n${picocolors.bold('Reading the examples')}\n`)
    const documents = await ingestExamples(client, createProgress(process.stdout), signal)
    const search: Result['search'] = []
    for (const query of questions) {
      const hits = await ask(client, query)
      process.stdout.write(`\n${picocolors.bold(`Search: ${query}`)}\n${hits.slice(0, 3).map((hit, index) => showHit(hit, index + 1)).join('')}`)
      search.push({ query, hits: hits.length, top: topOf(hits) })
    }
    const approval = await carryThrough({ session, administrator, ...folders, out: process.stdout, signal })
    const terminal = createTerminal({ url: client.url, token: session.token, org: administrator.org, configDir: folders.configDir })
    const answersFor = await answerFor({ client, terminal, out: process.stdout })
    const workflows = await countWorkflows(product, documents.length + 1)
    return { ...counted(documents), search, approval, answersFor, workflows, seconds: Math.round((performance.now() - began) / 100) / 10 }
  } finally {
    await client.close()
  }
}

const topOf = ([first]: readonly Hit[]): { document: string; page: number } | null => first === undefined ? null : { document: first.name, page: first.page }

function counted(documents: readonly Document[]): Pick<Result, 'documents' | 'pages'> {
  const of = (state: Document['state']): number => documents.filter((document) => document.state === state).length
  return {
    documents: { ready: of('ready'), failed: of('failed'), needs_password: of('needs_password') },
    pages: documents.reduce((sum, { pages }) => sum + (pages ?? 0), 0),
  }
}

/** Of documents and flows: schedules begin others when their hour comes. */
const COUNTED = `WorkflowType IN ('documentProcessing', 'approval')`

/** Asked of Temporal itself, whose list follows the truth by a moment. */
async function countWorkflows({ temporalBinary, temporalAddress }: Product, atLeast: number): Promise<number> {
  if (temporalBinary === null) throw new Error('the demo runs its own Temporal')
  let count = 0
  for (let look = 0; look < 20 && count < atLeast; look += 1) {
    const { stdout } = await promisify(execFile)(temporalBinary, ['workflow', 'count', '--address', temporalAddress, '--query', COUNTED], { env: { ...environmentWith({}) } })
    count = Number(/\d+/.exec(stdout)?.[0] ?? 0)
    if (count < atLeast) await new Promise((resolve) => setTimeout(resolve, 250))
  }
  return count
}

async function main(): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-demo-'))
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(new Error('the demo was stopped')))
  let keep = true
  try {
    const config = loadConfig(environmentWith({
      DATA_DIR: dataDir, PORT: String(await freePort()), INTELLIDOCS_EMBEDDED: '1', DATABASE_URL: '', DATABASE_ADMIN_URL: '', TEMPORAL_ADDRESS: '', BLOBS: '', SECRET_KEY: '',
      ADMIN_EMAIL: '', ADMIN_PASSWORD: '', PUBLIC_URL: '', SMTP_URL: '', MAIL_FROM: '',
    }))
    const product = await startProduct({ config, ownServers: true, ui: false, say, signal: stopping.signal })
    let result: Result
    try {
      if (config.mail.kind !== 'folder') throw new Error('the demo sends no mail')
      result = await show(product, { mailDir: config.mail.dir, configDir: join(dataDir, 'terminal'), signal: stopping.signal })
    } finally {
      await product.stop()
    }
    const wrong = differences(result)
    for (const line of wrong) say(`not as it should be: ${line}`)
    process.stdout.write(`\n${JSON.stringify(result)}\n`)
    keep = wrong.length > 0
    return !keep
  } finally {
    if (keep && !stopping.signal.aborted) say(`data and logs are kept in ${dataDir}`)
    else await rm(dataDir, { recursive: true, force: true })
  }
}

main().then((well) => process.exit(well ? 0 : 1), (error: unknown) => {
  process.stderr.write(error instanceof StartError ? `${error.message} -> ${error.mend}\n` : `${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
  process.exit(1)
})
