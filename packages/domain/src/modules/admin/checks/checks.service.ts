import type { InstallationCheck, OrgId } from '@intellidocs/contracts'
import { AppError, newId, platformActor, recordAudit, systemActor, type Actor, type Person, type RunAsAdmin } from '@intellidocs/kernel'
import type { AdminUnit } from '../admin.unit.ts'
import type { CheckDifference, CheckedStep, CheckId, CheckPlace, ChecksRepository } from './checks.repository.ts'

/** Blobs to a step: what a kill does again. */
const BLOBS = 200
/** Differences of one kind and organization that are counted. */
const MOST = 1000

export type ChecksGateway = {
  /** Begins the run of a check, unless it is under way. */
  start(id: CheckId): Promise<void>
}
export type ChecksDeps = {
  readonly unit: AdminUnit; readonly runAsAdmin: RunAsAdmin; readonly repository: ChecksRepository
  readonly indexFaults: (actor: Actor, limit: number) => Promise<readonly { kind: string; subject: string }[]>
  readonly checkBlobs: (orgId: OrgId, options: { after: string; limit: number; hash: boolean; beat: () => void }) => Promise<{ checked: number; next: string | null; faults: readonly { kind: string; subject: string }[] }>
}

export type ChecksService = {
  /** `admin.check_running`. */
  start(person: Person, input: { hash: boolean }): Promise<InstallationCheck>
  /** The newest without an id. `admin.check_not_found`. */
  get(id: CheckId | null): Promise<InstallationCheck>
  /** `admin.check_not_found`, `admin.check_over`. */
  cancel(person: Person, id: CheckId): Promise<InstallationCheck>
  /** For the worker: begins the runs of checks that have none. */
  startRuns(gateway: ChecksGateway): Promise<number>
  /** For the worker: the next step of a check, which is written down once however often it is done. Answers whether it is over. */
  step(id: CheckId, beat: () => void): Promise<{ done: boolean }>
}

const found = (check: InstallationCheck | null): InstallationCheck => {
  if (check === null) throw new AppError('admin.check_not_found')
  return check
}

export function createChecksService(deps: ChecksDeps): ChecksService {
  const { unit, runAsAdmin, repository } = deps
  return {
    start: (person, { hash }) => unit.act(person, async ({ tx }) => {
      const id = newId()
      if (!await repository.ask(tx, { id, hash, by: person.userId })) throw new AppError('admin.check_running')
      await recordAudit(tx, platformActor(person), { action: 'admin.check-started', subjectType: 'installationCheck', subjectId: id, data: { hash } })
      return found(await repository.find(tx, id))
    }),
    get: (id) => unit.look(async (tx) => found(await repository.find(tx, id))),
    cancel: (person, id) => unit.act(person, async ({ tx }) => {
      found(await repository.find(tx, id))
      if (!await repository.askEnd(tx, id)) throw new AppError('admin.check_over')
      await recordAudit(tx, platformActor(person), { action: 'admin.check-cancelled', subjectType: 'installationCheck', subjectId: id, data: {} })
      return found(await repository.find(tx, id))
    }),
    async startRuns(gateway) {
      const ids = await runAsAdmin(repository.open)
      for (const id of ids) await gateway.start(id)
      return ids.length
    },
    async step(id, beat) {
      const place = await runAsAdmin((tx) => repository.place(tx, id))
      if (place === null) return { done: true }
      const done = place.cancelAsked ? null : await nextStep(deps, place, beat)
      if (done === null) await runAsAdmin((tx) => repository.end(tx, id, place.cancelAsked ? 'cancelled' : 'done'))
      else await runAsAdmin((tx) => repository.keep(tx, place, done))
      return { done: done === null }
    },
  }
}

/** The index of an organization first, then its bytes a few at a time; null: no organization is left. */
async function nextStep({ runAsAdmin, repository, indexFaults, checkBlobs }: ChecksDeps, { atOrg, atBlob, hash }: CheckPlace, beat: () => void): Promise<CheckedStep | null> {
  const named = (orgId: OrgId, faults: readonly { kind: string; subject: string }[]): CheckDifference[] => faults.map((fault) => ({ ...fault, orgId }))
  if (atOrg !== null && atBlob !== null) {
    const { checked, next, faults } = await checkBlobs(atOrg, { after: atBlob, limit: BLOBS, hash, beat })
    return { atOrg, atBlob: next, blobs: checked, differences: named(atOrg, faults) }
  }
  const orgId = await runAsAdmin((tx) => repository.nextOrg(tx, atOrg))
  if (orgId === null) return null
  return { atOrg: orgId, atBlob: '', blobs: 0, differences: named(orgId, await indexFaults(systemActor(orgId, newId()), MOST)) }
}
