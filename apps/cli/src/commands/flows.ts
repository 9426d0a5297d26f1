import type { FlowFault } from '@intellidocs/contracts'
import { flowContract } from '@intellidocs/contracts'
import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { Command } from 'commander'
import { z } from 'zod'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { lookupIn, readFlow, withIds } from '../flows/read-spec.ts'
import { asYaml, namesOfIds } from '../flows/write-spec.ts'
import { findDocument } from '../lookup.ts'
import { findFlow, flowNamed, listFlows, type Flow } from '../lookup-flows.ts'
import { asFarAsListed, memberNames } from '../lookup-people.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { withYes } from './orgs.ts'

const FLOW = 'id or name'

const told = ({ name, version }: Pick<Flow, 'name' | 'version'>): string => `${printable(name)}, ${version === 0 ? 'not published' : `version ${version}`}`

export const configureFlowsList = (command: Command): Command => command.description('flows of the organization')

export async function flowsList({ client, out }: CliContext): Promise<Result> {
  const flows = await listFlows(client)
  for (const line of formatTable(flows.map(({ id, name, version }) => [version === 0 ? 'draft' : `v${version}`, id, printable(name)]))) out.print(line)
  if (flows.length === 0) out.print('There are no flows. Define one with "intellidocs flows apply FILE"; examples/flows has some.')
  return done({ flows })
}

export const configureFlowsShow = (command: Command): Command => command.description('how a flow is defined, as "flows apply" takes it').argument('<flow>', FLOW)

export async function flowsShow({ client, out }: CliContext, [named = '']: string[]): Promise<Result> {
  const flow = await client.api.workflows.definitions.get.query({ id: (await findFlow(client, named)).id })
  out.print(`# ${told(flow)}`)
  out.print(asYaml(flow.spec, await namesOfIds(client)).trimEnd().split('\n').map(printable).join('\n'))
  return done({ flow })
}

export const configureFlowsApply = (command: Command): Command => command
  .description('publish a flow from a file of YAML or JSON: a new one, or the next version of the one of that name')
  .argument('<file>', 'names, addresses and paths stand where ids do')
  .option('--draft', 'keep it without publishing; runs do not see it')

export async function flowsApply({ client, out }: CliContext, [file = '']: string[], { draft }: { draft?: boolean }): Promise<Result> {
  const spec = await specOf(client, file)
  const { definitions } = client.api.workflows
  const known = await flowNamed(client, spec.name)
  if (draft === true && known !== null) throw keptAlready(known, file)
  // What is refused leaves no draft behind that nobody asked for.
  if (known === null && draft !== true) refuseFaults(await faultsOf(client, spec))
  const { id } = known ?? await definitions.create.mutate({ spec })
  if (draft === true) {
    out.print(`${printable(spec.name)} is kept as a draft. Publish it with "intellidocs flows apply ${printable(file)}".`)
    return done({ flow: { id, name: spec.name, version: 0 } })
  }
  const flow = await withFaults(() => definitions.publish.mutate({ id, spec }))
  out.print(`${told(flow)} is published. Runs that have begun keep the version they began with.`)
  return done({ flow })
}

function keptAlready({ name, version }: Flow, file: string): CommandError {
  const what = version === 0
    ? `is a draft already, which is not written over. Publish the file with "intellidocs flows apply ${printable(file)}", or archive the draft first.`
    : `is published already; a draft of its next version would not be seen. Try it with "intellidocs flows simulate ${printable(file)}".`
  return new CommandError(`${printable(name)} ${what}`)
}

/** Why a definition could not be published, as far as the caller may know; publishing looks again. */
const faultsOf = (client: IntelliDocsClient, spec: z.output<typeof flowContract.flowSpec>): Promise<FlowFault[]> =>
  asFarAsListed(client.api.workflows.definitions.simulate.mutate({ spec, sample: { facts: {} } }).then(({ faults }) => faults))

function refuseFaults(faults: readonly FlowFault[]): void {
  if (faults.length > 0) throw new CommandError(faultsText(faults))
}

/** The file with ids in place of names, as the API takes it. Faults of form are named with their places before anything is sent. */
async function specOf(client: IntelliDocsClient, file: string): Promise<z.output<typeof flowContract.flowSpec>> {
  const named = await withIds(await readFlow(file), lookupIn(client, async (flow) => (await findFlow(client, flow)).id))
  const parsed = flowContract.flowSpec.safeParse(named)
  if (parsed.success) return parsed.data
  throw new CommandError(faultsText(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))))
}

const faultsText = (faults: readonly FlowFault[]): string =>
  [`This flow cannot work as it is defined; ${count(faults.length, 'fault')}:`, ...faults.map(({ path, message }) => `  ${printable(path === '' ? 'flow' : path)}: ${printable(message)}`)].join('\n')

const faultDetails = z.object({ faults: z.array(flowContract.flowFault) })

/** A refusal of `publish` with its faults in lines of their own. */
async function withFaults<T>(publish: () => Promise<T>): Promise<T> {
  try {
    return await publish()
  } catch (error) {
    const details = error instanceof IntelliDocsError && error.appCode === 'flow.invalid' ? faultDetails.safeParse(error.details) : undefined
    if (details?.success !== true) throw error
    throw new CommandError(faultsText(details.data.faults), { cause: error })
  }
}

export const configureFlowsSimulate = (command: Command): Command => command
  .description('say who would be asked when, without starting anything')
  .argument('<flow>', 'id, name, or a file that was not applied yet')
  .argument('<document>', 'the document to play it with, by id or exact name')

export async function flowsSimulate({ client, out }: CliContext, [named = '', document = '']: string[]): Promise<Result> {
  const isFile = /\.(ya?ml|json)$/i.test(named)
  const of = isFile ? { spec: await specOf(client, named) } : { id: (await findFlow(client, named)).id }
  const sample = { documentId: (await findDocument(client, document)).id }
  const simulation = await client.api.workflows.definitions.simulate.mutate({ ...of, sample })
  const nameOf = await memberNames(client)
  for (const { name, openedAt, dueAt, asked, state } of simulation.steps) {
    out.print(state === 'skipped' ? `${printable(name)}: skipped` : `${printable(name)}: opens ${formatMoment(openedAt)}${dueAt === null ? '' : `, due ${formatMoment(dueAt)}`}`)
    for (const { userId, at, why } of asked) out.print(`  asks ${nameOf(userId)}${at === openedAt ? '' : ` from ${formatMoment(at)} on`}${CAME_TO[why]}`)
    if (state !== 'skipped' && asked.length === 0) out.print('  asks nobody')
  }
  out.print(endOf(simulation))
  if (simulation.faults.length > 0) out.print(faultsText(simulation.faults))
  return { value: { simulation }, ok: simulation.faults.length === 0 }
}

type Simulation = Awaited<ReturnType<IntelliDocsClient['api']['workflows']['definitions']['simulate']['mutate']>>

const CAME_TO: Readonly<Record<Simulation['steps'][number]['asked'][number]['why'], string>> = {
  asked: '', escalated: ', as nobody has answered', moved: ', in place of somebody who cannot answer',
}

/** Played with you as the one who starts it. */
function endOf({ outcome, endedAt }: Simulation): string {
  switch (outcome) {
    case 'approved': case 'rejected': case 'expired': return `It ends ${outcome}${endedAt === null ? '' : ` at ${formatMoment(endedAt)}`}, if you start it now and everybody approves at once.`
    case 'stuck': return 'It cannot go on there: a stage has nobody to ask. Whoever starts a run or made the version is not asked, unless the flow says "fourEyes: false".'
    case 'waiting': return 'It waits there without an end.'
    case 'version': return 'It waits there for another version of the document.'
    case 'cut': return 'It is too long to be played to its end.'
  }
}

export const configureFlowsArchive = (command: Command): Command => withYes(command)
  .description('start no more runs of a flow; those that have begun go on').argument('<flow>', FLOW)

export async function flowsArchive(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, name } = await findFlow(context.client, named)
  await confirm(context, { sentence: `${printable(name)} starts no more runs.`, word: name, yes })
  const flow = await context.client.api.workflows.definitions.archive.mutate({ id })
  context.out.print(`${printable(name)} is archived.`)
  return done({ flow })
}
