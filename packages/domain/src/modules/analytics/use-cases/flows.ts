import { runOutcome, userId, type FlowFigures, type FlowId, type RunOutcome, type UserId } from '@intellidocs/contracts'
import { decodeCursor, mustHold, pageOf, type Actor, type PageInput } from '@intellidocs/kernel'
import { z } from 'zod'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import type { Metric } from '../facts.policy.ts'
import type { PeriodInput } from '../periods.ts'
import { readFigures } from '../reading.ts'
import { dimsOf, measure, measuredSum, timesOf, type Measured } from '../timings.ts'

const COUNTED: readonly Metric[] = ['flows.started', 'flows.ended', 'flows.late', 'flows.verdicts']
const TIMED: readonly Metric[] = ['flows.cycle', 'flows.stages']
const MOST_PEOPLE = 200
const position = z.strictObject({ flowId: z.uuid() })

type Item = FlowFigures['items'][number]
/** What a dim of a flow says behind the flow's id. */
const partOf = (dim: string): string => dim.slice(dim.indexOf('/') + 1)
const flowOf = (dim: string): string => dim.slice(0, 36)

function stagesOf(measured: Measured, flowId: string): Item['stages'] {
  const dims = dimsOf(measured, 'flows.stages').filter((dim) => flowOf(dim) === flowId)
  const spent = (dim: string): number => measuredSum(measured, 'flows.stages', dim).total
  const all = dims.reduce((sum, dim) => sum + spent(dim), 0)
  return dims.map((dim) => ({
    stage: partOf(dim), late: measuredSum(measured, 'flows.late', dim).n, share: all === 0 ? 0 : spent(dim) / all, ...timesOf(measured, 'flows.stages', dim),
  })).toSorted((a, b) => b.share - a.share || a.stage.localeCompare(b.stage, 'en'))
}

function endsOf(measured: Measured, flowId: string): Partial<Record<RunOutcome, number>> {
  const ends = runOutcome.options.map((outcome) => [outcome, measuredSum(measured, 'flows.ended', `${flowId}/${outcome}`).n] as const)
  return Object.fromEntries(ends.filter(([, n]) => n > 0))
}

function itemOf(measured: Measured, flowId: string, name: string | null): Item {
  const stages = stagesOf(measured, flowId)
  return {
    flowId: flowId as FlowId, name, started: measuredSum(measured, 'flows.started', flowId).n, ended: endsOf(measured, flowId),
    approvals: measuredSum(measured, 'flows.verdicts', `${flowId}/approve`).n, rejections: measuredSum(measured, 'flows.verdicts', `${flowId}/reject`).n,
    late: stages.reduce((sum, { late }) => sum + late, 0), cycle: timesOf(measured, 'flows.cycle', flowId), bottleneck: stages[0]?.stage ?? null, stages,
  }
}

/** A fact is of somebody's id, or of the pseudonym of somebody who was erased. */
function named(who: string): { userId: UserId | null; pseudonym: string | null } {
  const { data: id } = userId.safeParse(who)
  return id === undefined ? { userId: null, pseudonym: who } : { userId: id, pseudonym: null }
}

const peopleOf = (measured: Measured): NonNullable<FlowFigures['people']> => dimsOf(measured, 'flows.people')
  .map((who) => ({ ...named(who), ...timesOf(measured, 'flows.people', who) })).toSorted((a, b) => b.count - a.count).slice(0, MOST_PEOPLE)

/** Flows by their ids, so those made first come first. They name flows, so for who may read them. @throws AppError auth.forbidden, input.invalid, input.cursor */
export async function flows(deps: AnalyticsDeps, actor: Actor, { limit, cursor, ...asked }: Omit<PeriodInput, 'grain'> & PageInput): Promise<FlowFigures> {
  mustHold(actor, 'flows:read')
  const { figures } = deps
  const after = cursor === undefined ? null : decodeCursor(position, cursor).flowId
  return readFigures(deps, actor, { ...asked, grain: 'day' }, async ({ tx, span, frame, perPerson }) => {
    const { grain: _, ...shown } = frame
    const sums = [...await figures.sums(tx, span, COUNTED), ...await figures.bins(tx, span, TIMED)]
    const measured = measure(sums)
    const all = [...new Set(sums.map(({ dim }) => flowOf(dim)))].toSorted().filter((id) => after === null || id > after)
    const names = await figures.flowNames(tx, actor.orgId, all.slice(0, limit))
    const items = pageOf(all, limit, { item: (flowId) => itemOf(measured, flowId, names.get(flowId) ?? null), key: (flowId) => ({ flowId }) })
    const people = perPerson ? peopleOf(measure(await figures.bins(tx, span, ['flows.people']))) : null
    return { ...shown, ...items, people }
  })
}
