import { setTimeout as delay } from 'node:timers/promises'
import { runStates, type FlowTask, type RunDetails } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument, listAll } from '../lookup.ts'
import { findFlow, findRunId } from '../lookup-flows.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findMember, memberNames, same, type Member } from '../lookup-people.ts'
import { formatMoment, formatTable, printable } from '../output.ts'

export const configureFlowsStart = (command: Command): Command => command
  .description('start a flow on a document')
  .argument('<flow>', 'id or name').argument('<document>', 'id or exact name')
  .option('--note <text>', 'said to everybody who is asked')
  .option('--no-wait', 'do not wait for the few seconds until people are asked')

export async function flowsStart(context: CliContext, [named = '', document = '']: string[], { note, wait }: { note?: string; wait: boolean }): Promise<Result> {
  const { client, out } = context
  const flow = await findFlow(client, named)
  const { id: documentId, name } = await findDocument(client, document)
  const run = await client.api.workflows.runs.start.mutate({ flowId: flow.id, documentId, ...(note === undefined ? {} : { note }) })
  out.print(`${printable(flow.name)} has begun on ${printable(name)}: run ${run.id}.`)
  if (wait) await tellAsked(context, run.id)
  return done({ run })
}

/** How long somebody who has started a run is kept, to be told who is asked. */
const ASKED_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 300

async function tellAsked({ client, out, signal }: CliContext, id: string): Promise<void> {
  const until = performance.now() + ASKED_WITHIN_MS
  let run = await client.api.workflows.runs.get.query({ id })
  while (isIdle(run) && performance.now() < until) {
    await delay(LOOK_EVERY_MS, undefined, { signal })
    run = await client.api.workflows.runs.get.query({ id })
  }
  if (isIdle(run)) return out.print(`Nobody is asked yet. "intellidocs flows run ${id}" tells who is.`)
  const nameOf = await memberNames(client)
  for (const { name, dueAt, tasks } of run.steps.filter(({ state }) => state === 'open')) {
    out.print(`${printable(name)}${dueAt === null ? '' : `, due ${formatMoment(dueAt)}`}, asks ${tasks.map(({ assigneeId }) => nameOf(assigneeId)).join(', ')}.`)
  }
  if (run.endedAt !== null) out.print(`It is over: ${run.state}${run.reason === null ? '' : ENDED_BY[run.reason]}.`)
}

const isIdle = ({ endedAt, steps }: RunDetails): boolean => endedAt === null && !steps.some(({ state }) => state === 'open')

type ListOptions = { document?: string; flow?: string; state?: (typeof runStates)[number] | 'open' | 'over'; mine?: boolean }

export const configureFlowsRuns = (command: Command): Command => command
  .description('runs on documents that you read, newest first')
  .option('--document <document>', 'of one document, by id or exact name')
  .option('--flow <flow>', 'of one flow, by id or name')
  .addOption(new Option('--state <state>', 'in one state').choices(['open', 'over', ...runStates]))
  .option('--mine', 'that you asked for')

export async function flowsRuns({ client, out }: CliContext, _args: string[], { document, flow, state, mine }: ListOptions): Promise<Result> {
  const of = {
    ...(document === undefined ? {} : { documentId: (await findDocument(client, document)).id }),
    ...(flow === undefined ? {} : { flowId: (await findFlow(client, flow)).id }),
    ...(state === undefined ? {} : { state }), ...(mine === true ? { mine } : {}),
  }
  const runs = await listAll((page) => client.api.workflows.runs.list.query({ ...page, ...of }))
  for (const line of formatTable(runs.map((run) => [run.state, formatMoment(run.createdAt), run.id, printable(run.flowName), printable(run.documentName)]))) out.print(line)
  if (runs.length === 0) out.print('There are no such runs.')
  return done({ runs })
}

/** How a run is named. */
const RUN = 'its id, or the exact name of a document for the newest run on it'

export const configureFlowsRun = (command: Command): Command => command.description('what became of a run, stage by stage').argument('<run>', RUN)

export async function flowsRun({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const run = await client.api.workflows.runs.get.query({ id: await findRunId(client, named) })
  const nameOf = await memberNames(client)
  out.print(`${printable(run.flowName)} on ${printable(run.documentName)}: ${run.state}${run.reason === null ? '' : ENDED_BY[run.reason]}, asked for by ${nameOf(run.requesterId)}.`)
  if (run.note !== null) out.print(`Note: ${printable(run.note)}`)
  if (run.steps.length === 0 && run.endedAt === null) out.print('Nobody is asked yet.')
  for (const { name, round, state, dueAt, tasks } of run.steps) {
    out.print(`${printable(name)}${round === 1 ? '' : `, round ${round}`}: ${state}${state === 'open' && dueAt !== null ? `, due ${formatMoment(dueAt)}` : ''}`)
    for (const task of tasks) out.print(`  ${nameOf(task.assigneeId)}${task.forId === null ? '' : `, in place of ${nameOf(task.forId)},`} ${answerOf(task)}`)
  }
  for (const { authorId, text, createdAt } of run.comments) out.print(`${formatMoment(createdAt)}  ${nameOf(authorId)}: ${printable(text)}`)
  for (const { does, state, fault } of run.effects) if (state === 'failed') out.print(`At its end "${does}" could not be done: ${fault ?? 'for no reason that is known'}.`)
  if (run.endedAt !== null) out.print(`"intellidocs certificate save ${run.id}" saves its certificate.`)
  return done({ run })
}

const ENDED_BY: Readonly<Record<NonNullable<RunDetails['reason']>, string>> = {
  decided: '', deadline: ' by the end of its time', withdrawn: '', document: ' as the document is in the trash', nobody: ' as nobody is left to ask',
}

const CLOSED_BY: Readonly<Record<NonNullable<FlowTask['closedWhy']>, string>> = {
  stage: 'need not answer any more: the stage is decided', stale: 'need not answer any more: the document has changed', moved: 'need not answer any more: it went to somebody else',
  run: 'need not answer any more: the run is over',
}

function answerOf({ decision, closedWhy, endedAt }: FlowTask): string {
  if (decision === null) return closedWhy === null ? 'has not answered' : CLOSED_BY[closedWhy]
  const verdict = decision.verdict === 'approve' ? 'approved' : 'rejected'
  return `${verdict}${endedAt === null ? '' : ` at ${formatMoment(endedAt)}`}${decision.comment === null ? '' : `: ${printable(decision.comment)}`}`
}

export const configureFlowsWithdraw = (command: Command): Command => command
  .description('end a run that you asked for').argument('<run>', RUN).option('--reason <text>', 'why')

export async function flowsWithdraw({ client, out }: CliContext, [named = '']: string[], { reason }: { reason?: string }): Promise<Result> {
  const run = await client.api.workflows.runs.withdraw.mutate({ id: await findRunId(client, named), ...(reason === undefined ? {} : { reason }) })
  out.print(`${printable(run.flowName)} on ${printable(run.documentName)} is withdrawn; nobody is asked any more.`)
  return done({ run })
}

export const configureFlowsReassign = (command: Command): Command => command
  .description('give what a run asks of somebody to somebody else; takes level manage on the document, or flows:manage')
  .argument('<run>', RUN).argument('<from>', 'of whom it is asked: address, name or id').argument('<to>', 'who is to be asked instead')
  .option('--stage <stage>', 'where several stages ask them: the name or key of one').option('--reason <text>', 'said to who is asked instead')

export async function flowsReassign({ client, out }: CliContext, [named = '', whose = '', instead = '']: string[], options: { stage?: string; reason?: string }): Promise<Result> {
  const [run, from, to] = await Promise.all([findRunId(client, named).then((id) => client.api.workflows.runs.get.query({ id })), findMember(client, whose), findMember(client, instead)])
  const { id } = openTaskOf(run, from, options.stage)
  const task = await client.api.workflows.tasks.reassign.mutate({ id, to: to.userId, ...(options.reason === undefined ? {} : { reason: options.reason }) })
  out.print(`${printable(task.stageName)} asks ${printable(to.name)} now, in place of ${printable(from.name)}.`)
  return done({ task })
}

function openTaskOf({ steps, documentName }: RunDetails, { userId, name }: Member, stage: string | undefined): FlowTask {
  const asked = steps.flatMap(({ tasks }) => tasks).filter(({ state, assigneeId }) => state === 'open' && assigneeId === userId)
  const found = stage === undefined ? asked : asked.filter((task) => same(task.stage, stage) || same(task.stageName, stage))
  const [only, ...others] = found
  if (only === undefined) throw new CommandError(`Nothing is asked of ${printable(name)} about ${printable(documentName)}. "intellidocs flows run" tells who is asked.`)
  if (others.length > 0) throw new UsageError(`${printable(name)} is asked by ${found.map(({ stageName }) => printable(stageName)).join(', ')}; name one with --stage.`)
  return only
}
