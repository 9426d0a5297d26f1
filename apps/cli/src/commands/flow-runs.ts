import { runStates } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument, listAll } from '../lookup.ts'
import { findFlow } from '../lookup-flows.ts'
import { memberNames } from '../lookup-people.ts'
import { formatTable, printable } from '../output.ts'

export const configureFlowsStart = (command: Command): Command => command
  .description('start a flow on a document')
  .argument('<flow>', 'id or name').argument('<document>', 'id or exact name')
  .option('--note <text>', 'said to everybody who is asked')

export async function flowsStart({ client, out }: CliContext, [named = '', document = '']: string[], { note }: { note?: string }): Promise<Result> {
  const flow = await findFlow(client, named)
  const { id: documentId, name } = await findDocument(client, document)
  const run = await client.api.workflows.runs.start.mutate({ flowId: flow.id, documentId, ...(note === undefined ? {} : { note }) })
  out.print(`${printable(flow.name)} has begun on ${printable(name)}: run ${run.id}.`)
  return done({ run })
}

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
  for (const line of formatTable(runs.map((run) => [run.state, run.createdAt.slice(0, 16), run.id, printable(run.flowName), printable(run.documentName)]))) out.print(line)
  if (runs.length === 0) out.print('There are no such runs.')
  return done({ runs })
}

export const configureFlowsRun = (command: Command): Command => command.description('what became of a run, stage by stage').argument('<run>', 'its id')

export async function flowsRun({ client, out }: CliContext, [id = '']: string[]): Promise<Result> {
  const run = await client.api.workflows.runs.get.query({ id })
  const nameOf = await memberNames(client)
  out.print(`${printable(run.flowName)} on ${printable(run.documentName)}: ${run.state}${run.reason === null ? '' : ` (${run.reason})`}, asked for by ${nameOf(run.requesterId)}.`)
  for (const { name, round, state, dueAt, tasks } of run.steps) {
    out.print(`${printable(name)}${round === 1 ? '' : `, round ${round}`}: ${state}${state === 'open' && dueAt !== null ? `, due ${dueAt}` : ''}`)
    for (const { assigneeId, decision, closedWhy, endedAt } of tasks) {
      const answer = decision !== null ? `${decision.verdict === 'approve' ? 'approved' : 'rejected'} ${endedAt ?? ''}${decision.comment === null ? '' : `: ${printable(decision.comment)}`}`
        : closedWhy === null ? 'has not answered' : 'needs not answer any more'
      out.print(`  ${nameOf(assigneeId)} ${answer}`)
    }
  }
  for (const { authorId, text, createdAt } of run.comments) out.print(`${createdAt.slice(0, 16)}  ${nameOf(authorId)}: ${printable(text)}`)
  return done({ run })
}

export const configureFlowsWithdraw = (command: Command): Command => command
  .description('end a run that you asked for').argument('<run>', 'its id').option('--reason <text>', 'why')

export async function flowsWithdraw({ client, out }: CliContext, [id = '']: string[], { reason }: { reason?: string }): Promise<Result> {
  const run = await client.api.workflows.runs.withdraw.mutate({ id, ...(reason === undefined ? {} : { reason }) })
  out.print(`${printable(run.flowName)} on ${printable(run.documentName)} is withdrawn; nobody is asked any more.`)
  return done({ run })
}
