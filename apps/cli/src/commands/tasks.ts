import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { Verdict } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { z } from 'zod'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { listAll } from '../lookup.ts'
import { findFlow, findTask, type Task } from '../lookup-flows.ts'
import { findMember, memberNames } from '../lookup-people.ts'
import { capital, count, formatMoment, formatTable, printable } from '../output.ts'

const TASK = 'its id, or the exact name of the document'
/** How often, and how long, a decision that is accepted and not yet recorded is asked about. */
const PENDING_PAUSE_MS = 2_000
const PENDING_TRIES = 15

type ListOptions = { decided?: boolean; overdue?: boolean }

export const configureTasks = (command: Command): Command => command
  .description('what is asked of you')
  .option('--decided', 'what you have decided, instead')
  .option('--overdue', 'past its time only')

export async function tasks({ client, out }: CliContext, _args: string[], { decided, overdue }: ListOptions): Promise<Result> {
  const of = { ...(decided === true ? { state: 'decided' as const } : {}), ...(overdue === true ? { overdue } : {}) }
  const { counts } = await client.api.workflows.tasks.list.query({ ...of, limit: 1 })
  const found = await listAll((page) => client.api.workflows.tasks.list.query({ ...page, ...of }))
  const nameOf = found.some(({ forId, byId }) => forId !== null || byId !== null) ? await memberNames(client) : String
  for (const line of formatTable(found.map((task) => rowOf(task, nameOf)))) out.print(line)
  if (found.length === 0) out.print(decided === true ? 'You have decided nothing yet.' : 'Nothing is asked of you.')
  else if (decided !== true) out.print(`${count(counts.open, 'open task')}, ${counts.overdue} overdue. Answer with "intellidocs approve DOCUMENT" or "intellidocs reject DOCUMENT".`)
  return done({ tasks: found, counts })
}

const DECIDED: Readonly<Record<Verdict, string>> = { approve: 'approved', reject: 'rejected' }

function rowOf(task: Task, nameOf: (userId: string) => string): string[] {
  const { id, documentName, stageName, flowName, dueAt, overdue, decision, version, forId, note } = task
  const when = decision !== null ? DECIDED[decision.verdict] : dueAt === null ? 'no deadline' : `${overdue ? 'OVERDUE since' : 'due'} ${formatMoment(dueAt)}`
  return [when, id, `${printable(documentName)} (version ${version})`, `${printable(flowName)}: ${printable(stageName)}${forId === null ? '' : `, in place of ${nameOf(forId)}`}${note === null ? '' : `, who says: ${printable(note)}`}`]
}

type DecideOptions = { comment?: string; sha256?: string }

const configureDecision = (command: Command, description: string): Command => command
  .description(description).argument('<task>', TASK)
  .option('--comment <text>', 'said with the decision')
  .option('--sha256 <hash>', 'decide only if the document still has these bytes (default: those that the task asks about)')

export const configureApprove = (command: Command): Command => configureDecision(command, 'approve what is asked of you')
export const configureReject = (command: Command): Command => configureDecision(command, 'reject what is asked of you')

export const approve = (context: CliContext, [named = '']: string[], options: DecideOptions): Promise<Result> => decide(context, { named, verdict: 'approve', ...options })
export const reject = (context: CliContext, [named = '']: string[], options: DecideOptions): Promise<Result> => decide(context, { named, verdict: 'reject', ...options })

/** One key for the whole call: whatever happens on the way, it is one decision. */
async function decide(context: CliContext, { named, verdict, comment, sha256 }: DecideOptions & { named: string; verdict: Verdict }): Promise<Result> {
  const { client, out } = context
  const task = await findTask(client, named)
  const request = {
    id: task.id, verdict, contentSha256: sha256 ?? task.contentSha256, idempotencyKey: randomUUID(), ...(comment === undefined ? {} : { comment }),
  }
  const answer = await settled(context, () => client.api.workflows.tasks.decide.mutate(request).catch(async (error: unknown) => { throw await tooLate(client, error) }))
  if (answer.status === 'pending') {
    out.print(`Accepted. It is recorded as soon as the service can; "intellidocs tasks --decided" tells when it was.`)
    return done({ ...answer, idempotencyKey: request.idempotencyKey })
  }
  out.print(`${capital(DECIDED[verdict])}: ${printable(task.documentName)}, version ${answer.task.version}, in ${printable(task.stageName)}.`)
  return done({ ...answer, idempotencyKey: request.idempotencyKey })
}

type Decided = Awaited<ReturnType<IntelliDocsClient['api']['workflows']['tasks']['decide']['mutate']>>

/** The same request again, under its key, while the answer is that it will be recorded. */
async function settled({ out, signal }: CliContext, ask: () => Promise<Decided>): Promise<Decided> {
  let answer = await ask()
  for (let tries = 1; answer.status === 'pending' && tries < PENDING_TRIES; tries += 1) {
    if (tries === 1) out.note('Your decision is being recorded …')
    await delay(PENDING_PAUSE_MS, undefined, { signal })
    answer = await ask()
  }
  return answer
}

const decidedBefore = z.object({ verdict: z.enum(['approve', 'reject']), decidedBy: z.string() })

/** Who comes too late is told what was decided, and by whom. */
async function tooLate(client: IntelliDocsClient, error: unknown): Promise<unknown> {
  const details = error instanceof IntelliDocsError && error.appCode === 'task.decided' ? decidedBefore.safeParse(error.details) : undefined
  if (details?.success !== true) return error
  const { verdict, decidedBy } = details.data
  const nameOf = await memberNames(client)
  return new CommandError(`This task was ${DECIDED[verdict]} already by ${nameOf(decidedBy)}.`, { cause: error })
}

type DelegateOptions = { reason?: string; from?: string; until?: string; flow?: string[] }

export const configureDelegate = (command: Command): Command => command
  .description('give a task of yours to somebody else; with --until, whatever will be asked of you until then')
  .argument('<person>', 'address, name or id').argument('[task]', TASK)
  .option('--reason <text>', 'said to them')
  .option('--from <moment>', 'from when on (default: now)')
  .option('--until <moment>', 'until when, such as 2026-12-24 or 2026-12-24T18:00Z')
  .option('--flow <flow...>', 'of these flows only')

export async function delegate({ client, out }: CliContext, [person = '', named]: string[], { reason, from, until, flow }: DelegateOptions): Promise<Result> {
  const { userId: to, name } = await findMember(client, person)
  const said = reason === undefined ? {} : { reason }
  if ((named === undefined) === (until === undefined)) throw new UsageError('Name the task to give away, or with --until the time in which all of them go to somebody else.')
  if (named !== undefined) {
    const task = await findTask(client, named)
    const answer = await client.api.workflows.tasks.delegate.mutate({ id: task.id, to, ...said })
    out.print(`${printable(task.documentName)} is ${printable(name)}'s to decide now.`)
    return done(answer)
  }
  if (momentOf(until ?? '') <= new Date().toISOString()) throw new UsageError(`${formatMoment(momentOf(until ?? ''))} is over already.`)
  const flows = flow === undefined ? {} : { flows: await Promise.all(flow.map(async (one) => (await findFlow(client, one)).id)) }
  const answer = await client.api.workflows.tasks.delegate.mutate({ to, from: momentOf(from ?? new Date().toISOString()), until: momentOf(until ?? ''), ...flows, ...said })
  out.print(`Until ${formatMoment(momentOf(until ?? ''))}, what is asked of you goes to ${printable(name)}. Tasks that are open by then stay with you; "intellidocs delegate PERSON TASK" gives one away.`)
  return done(answer)
}

function momentOf(said: string): string {
  const at = new Date(said)
  if (Number.isNaN(at.getTime())) throw new UsageError(`"${printable(said)}" is no moment. Say 2026-12-24 or 2026-12-24T18:00Z.`)
  return at.toISOString()
}

export const configureDelegations = (command: Command): Command => command.description('who stands in for whom, of those that concern you')

export async function delegations({ client, out }: CliContext): Promise<Result> {
  const found = await listAll((page) => client.api.workflows.tasks.delegations.list.query(page))
  const nameOf = await memberNames(client)
  for (const line of formatTable(found.map(({ id, from, to, startsAt, endsAt }) => [id, `${formatMoment(startsAt)} to ${formatMoment(endsAt)}`, `${nameOf(from)} -> ${nameOf(to)}`]))) out.print(line)
  if (found.length === 0) out.print('Nobody stands in for anybody.')
  return done({ delegations: found })
}

export const configureDelegationsRevoke = (command: Command): Command => command.description('end a delegation').argument('<delegation>', 'its id')

export async function delegationsRevoke({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const { revoked } = await client.api.workflows.tasks.delegations.revoke.mutate({ id })
  out.print(revoked ? 'It is over; what was handed on stays where it is.' : 'It was over already.')
  return done({ id, revoked })
}
