import { randomUUID } from 'node:crypto'
import type { IntelliDocsClient } from '@intellidocs/client'
import type { DocumentId, FlowRunId, RunDetails, Verdict } from '@intellidocs/contracts'
import picocolors from 'picocolors'
import type { Session } from './archive.ts'
import { certify, type Certified } from './certify.ts'
import { invite, type Person } from './people.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import { waitFor } from './wait-for.ts'

const FILE = 'examples/flows/invoice-over-limit.yaml'
const DOCUMENT = 'delivery-note-scan.pdf'
/** Over the limit of the flow. */
const AMOUNT = 6400
const APPROVERS = [
  { name: 'Ada Costa', email: 'ada@example.org', comment: 'Everything on it came, I counted the planks.' },
  { name: 'Ben Okafor', email: 'ben@example.org', comment: 'The price is the agreed one.' },
] as const

/** What became of the document, for the last line. */
export type Approval = Certified & {
  readonly document: string; readonly outcome: RunDetails['state']; readonly asked: string[]
  readonly decided: { readonly by: string; readonly verdict: Verdict }[]; readonly tags: string[]
}

type Stage = {
  readonly session: Session; readonly administrator: { readonly email: string; readonly org: string }
  readonly mailDir: string
  /** For the settings of the command line. */
  readonly configDir: string
  readonly out: Pick<NodeJS.WriteStream, 'write'>; readonly signal: AbortSignal
}

/**
 * Carries one of the examples through a flow to its end: two people are invited and asked, both decide, and what they decided is certified and verified offline. Says each step.
 * @throws Error for the first part that does not come
 */
export async function carryThrough(stage: Stage): Promise<Approval> {
  const { session: { client, token }, administrator, configDir, out, signal } = stage
  const say = (line: string): void => void out.write(`  ${line}\n`)
  out.write(`\n${picocolors.bold('An approval by two people')}\n`)
  const people = await gather(stage)
  try {
    say(`${people.map(({ name }) => name).join(' and ')} were invited by mail and have accounts; with ${administrator.email} they are the group Approvers.`)
    const document = await withAmount(client)
    say(`${DOCUMENT} got the field amount=${AMOUNT}.`)
    const terminal = createTerminal({ url: client.url, token, org: administrator.org, configDir })
    for (const line of await shown(terminal, 'flows', 'apply', FILE)) say(line)
    await client.api.documents.tags.add.mutate({ id: document, tags: ['invoice'] })
    say(`${DOCUMENT} is tagged "invoice". With its amount that begins the flow; nobody has to start it.`)
    const run = await askedRun(client, document, signal)
    const tasks = run.steps.flatMap((step) => step.tasks)
    const nameOf = (id: string): string => people.find(({ userId }) => userId === id)?.name ?? id
    for (const { assigneeId, stageName, dueAt } of tasks) say(`asked      ${nameOf(assigneeId)}, for "${stageName}"${dueAt === null ? '' : `, until ${dueAt.slice(0, 16).replace('T', ' ')} UTC`}`)
    say(`not asked  ${administrator.email}: whoever hands a document in does not approve it`)

    const decided: Approval['decided'] = []
    for (const [at, person] of people.entries()) {
      const comment = APPROVERS[at]?.comment ?? ''
      decided.push({ by: person.email, verdict: await decide(person, run.id, { comment, signal }) })
      say(`decided    ${person.name} approved: "${comment}"`)
    }
    const ended = await waitFor(() => client.api.workflows.runs.get.query({ id: run.id }), isDone, { what: 'the end of the run', signal })
    const { tags, metadata } = await client.api.documents.get.query({ id: document })
    say(`ended      ${ended.state}; the document is tagged ${tags.join(', ')}, and its field "status" says "${String(metadata['status'])}"`)
    const certified = await certify({ run: run.id, client, terminal, configDir, say, signal })
    return { document: DOCUMENT, outcome: ended.state, asked: tasks.map(({ assigneeId }) => emailOf(people, assigneeId)).sort(), decided, tags, ...certified }
  } finally {
    await Promise.all(people.map((person) => person.client.close()))
  }
}

const emailOf = (people: readonly Person[], id: string): string => people.find(({ userId }) => userId === id)?.email ?? id

/** The two, and the group that the flow's file names, to which the administrator belongs as well. */
async function gather({ session: { client }, administrator: { org }, mailDir, signal }: Stage): Promise<Person[]> {
  const people = await Promise.all(APPROVERS.map(({ name, email }) => invite({ by: client, org, name, email, mailDir, signal })))
  const { groups } = client.api.orgs
  const group = await groups.create.mutate({ name: 'Approvers' })
  const { user } = await client.api.auth.me.query()
  for (const userId of [user.id, ...people.map((person) => person.userId)]) await groups.addMember.mutate({ groupId: group.id, userId })
  return people
}

/** A command and what it printed. @throws Error where it failed */
async function shown(terminal: Terminal, ...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await terminal(...words)
  if (code !== 0) throw new Error(`intellidocs ${words.join(' ')} ended with ${code}: ${stderr}`)
  return [picocolors.dim(`$ npx intellidocs ${words.join(' ')}`), ...stdout.trimEnd().split('\n')]
}

/** A flow is published only where what it asks of documents is known of some. */
async function withAmount(client: IntelliDocsClient): Promise<DocumentId> {
  const { items: [document] } = await client.api.documents.list.query({ name: DOCUMENT, limit: 1 })
  if (document === undefined) throw new Error(`${DOCUMENT} is not there`)
  await client.api.documents.setMetadata.mutate({ id: document.id, metadata: { amount: AMOUNT } })
  return document.id
}

/** The run that the tag began, once people are asked. */
async function askedRun(client: IntelliDocsClient, documentId: DocumentId, signal: AbortSignal): Promise<RunDetails> {
  const { runs } = client.api.workflows
  const { items: [begun] } = await waitFor(() => runs.list.query({ documentId, limit: 1 }), ({ items }) => items.length > 0, { what: 'a run of the flow', signal })
  if (begun === undefined) throw new Error('no run has begun')
  return waitFor(() => runs.get.query({ id: begun.id }), ({ steps }) => steps.some(({ tasks }) => tasks.length > 0), { what: 'somebody who is asked', signal })
}

const isDone = ({ endedAt, effects }: RunDetails): boolean => endedAt !== null && effects.every(({ state }) => state !== 'waiting')

/** As a person does: finds what is asked of them, and answers about the bytes that they were shown. One key, however often it is sent. */
async function decide({ name, client }: Person, runId: FlowRunId, { comment, signal }: { comment: string; signal: AbortSignal }): Promise<Verdict> {
  const { tasks } = client.api.workflows
  const { items } = await tasks.list.query({ limit: 50 })
  const task = items.find((each) => each.runId === runId)
  if (task === undefined) throw new Error(`nothing is asked of ${name}`)
  const request = { id: task.id, verdict: 'approve', contentSha256: task.contentSha256, comment, idempotencyKey: randomUUID() } as const
  const answer = await waitFor(() => tasks.decide.mutate(request), ({ status }) => status === 'decided', { what: `the decision of ${name}`, signal })
  if (answer.status === 'pending' || answer.task.decision === null) throw new Error(`the decision of ${name} was not recorded`)
  return answer.task.decision.verdict
}
