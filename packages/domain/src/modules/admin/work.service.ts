import type { AdminJob, DocumentId, FlowRunId, JobSelection, OrgId, Page, ParkedDelivery, ParkedSelection, VersionId } from '@intellidocs/contracts'
import { AppError, decodeCursor, pageOf, positionedPage, windowOf, type Log, type PageInput, type Person, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { AdminUnit } from './admin.unit.ts'
import type { SelectionTokens } from './selection.ts'
import { AT_ONCE, audited, workThrough, type Counted, type On, type Worked } from './work-through.ts'
import type { FoundJob, FoundParked, WorkRepository } from './work.repository.ts'

/** What does not go on, of all organizations: looked at, counted, and then acted on, no more than was counted and a hundred at a time. */
export type WorkService = {
  jobs(input: PageInput & JobSelection): Promise<Page<AdminJob>>
  countJobs(person: Person, selection: JobSelection): Promise<Counted>
  /** `admin.selection`: not what was counted. `input.invalid`: of a kind that goes on by itself. */
  retry(person: Person, input: On<JobSelection>): Promise<Worked>
  /** The same. `input.invalid`: of what is over, of which there is nothing to end. */
  cancel(person: Person, input: On<JobSelection>): Promise<Worked>
  parked(input: PageInput & ParkedSelection): Promise<Page<ParkedDelivery>>
  countParked(person: Person, selection: ParkedSelection): Promise<Counted>
  release(person: Person, input: On<ParkedSelection>): Promise<Worked>
  drop(person: Person, input: On<ParkedSelection>): Promise<Worked>
}
/** How the modules whose work it is act on one piece of it, as the product, in its organization. False: it went on meanwhile. */
export type WorkDeps = {
  unit: AdminUnit; tokens: SelectionTokens; repository: WorkRepository; log: Log
  documents: Record<'retry' | 'cancel', (of: { orgId: OrgId; documentId: DocumentId; versionId: VersionId; attempt: number }) => Promise<boolean>>
  flows: { withdraw(of: { orgId: OrgId; documentId: DocumentId; runId: FlowRunId }): Promise<boolean> }
}

const open: ReadonlySet<string> = new Set<AdminJob['state']>(['waiting', 'working'])
const parkedPlace = z.string().regex(/^\d{1,19}$/)

const showJob = ({ documentId: _documentId, position: _position, since, ...job }: FoundJob): AdminJob => ({ ...job, since: since.toISOString() })
const showParked = ({ eventAt, ...delivery }: FoundParked): ParkedDelivery => ({ ...delivery, eventAt: eventAt.toISOString() })

type JobDeed = { readonly action: 'admin.jobs-retried' | 'admin.jobs-cancelled'; readonly work: (job: FoundJob) => Promise<boolean> }
const onJobs = (deps: WorkDeps, person: Person, { selection, token, why, action, work }: On<JobSelection> & JobDeed): Promise<Worked> => workThrough(deps, person, {
  selection, token, action, work, called: 'jobs', told: { kind: selection.kind, reason: why },
  find: (tx, page) => deps.repository.jobs(tx, selection, page), count: (tx, asOf) => deps.repository.countJobs(tx, selection, asOf),
})

type ParkedDeed = { readonly action: 'admin.deliveries-released' | 'admin.deliveries-dropped'; readonly work: (tx: Tx, ids: readonly string[]) => Promise<number> }

function onParked({ unit, tokens, repository }: WorkDeps, person: Person, { selection, token, why, action, work }: On<ParkedSelection> & ParkedDeed): Promise<Worked> {
  const until = tokens.read(token, { selection, by: person.userId })
  return unit.act(person, async ({ tx }) => {
    const some = (await repository.parked(tx, selection, { limit: AT_ONCE - 1, after: null, until })).slice(0, AT_ONCE)
    const done = await work(tx, some.map(({ id }) => id))
    const deliveries = some.map(({ id, orgId, subscriber, eventType }) => ({ id, orgId, subscriber, eventType }))
    if (done > 0) await audited(tx, person, { action, data: { reason: why, deliveries } })
    return { done, left: await repository.countParked(tx, selection, { until }) }
  })
}

export function createWorkService(deps: WorkDeps): WorkService {
  const { unit, tokens, repository, documents, flows } = deps
  const ofVersion = ({ orgId, documentId, id, attempt }: FoundJob) =>
    ({ orgId, documentId: documentId as DocumentId, versionId: id as VersionId, attempt: attempt ?? 0 })
  const cancelOne = (job: FoundJob): Promise<boolean> => (job.kind === 'processing' ? documents.cancel(ofVersion(job))
    : flows.withdraw({ orgId: job.orgId, documentId: job.documentId as DocumentId, runId: job.id as FlowRunId }))
  return {
    async jobs({ limit, cursor, ...selection }) {
      const page = windowOf({ limit, cursor })
      return positionedPage(await unit.look((tx) => repository.jobs(tx, selection, { ...page, until: null })), limit, showJob)
    },
    async countJobs(person, selection) {
      const token = tokens.issue({ selection, by: person.userId })
      return { count: await unit.look((tx) => repository.countJobs(tx, selection, { until: null })), token }
    },
    async retry(person, input) {
      if (input.selection.kind !== 'processing') throw new AppError('input.invalid')
      return onJobs(deps, person, { ...input, action: 'admin.jobs-retried', work: (job) => documents.retry(ofVersion(job)) })
    },
    async cancel(person, input) {
      if (input.selection.states.some((state) => !open.has(state))) throw new AppError('input.invalid')
      return onJobs(deps, person, { ...input, action: 'admin.jobs-cancelled', work: cancelOne })
    },
    async parked({ limit, cursor, ...selection }) {
      const after = cursor === undefined ? null : decodeCursor(parkedPlace, cursor)
      const rows = await unit.look((tx) => repository.parked(tx, selection, { limit, after, until: null }))
      return pageOf(rows, limit, { item: showParked, key: ({ id }) => id })
    },
    async countParked(person, selection) {
      const token = tokens.issue({ selection, by: person.userId })
      return { count: await unit.look((tx) => repository.countParked(tx, selection, { until: null })), token }
    },
    release: async (person, input) => onParked(deps, person, { ...input, action: 'admin.deliveries-released', work: repository.release }),
    drop: async (person, input) => onParked(deps, person, { ...input, action: 'admin.deliveries-dropped', work: repository.drop }),
  }
}
