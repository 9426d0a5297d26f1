import { createHash } from 'node:crypto'
import { beganBy, canonicalSha256, issueCertificate as sign, rowsOfDecisions, verifyCertificate, type CertificateContent, type CertifiedPerson } from '@intellidocs/certificate'
import { runOutcome, type FlowRunId, type FlowSpec, type OrgId, type UserId } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor, type ProvenRows, type Tx } from '@intellidocs/kernel'
import { placedStages } from '../engine/stages.ts'
import {
  findCertificate, findCertifiedRun, insertCertificate, isAnyErased, listCertifiedSteps, listCertifiedTasks, listUnheardTasks, type CertifiedRun, type CertifiedStep, type CertifiedTask,
  type UnheardTask,
} from './certificates.repository.ts'
import type { CertificatesDeps, OfRun } from './certificates.types.ts'

/** `not-yet`: the run is not over with all that its end does, a row about it is not sealed, or somebody whom it names was erased meanwhile. `gone`: there is no such run. */
export type Issued = 'issued' | 'not-yet' | 'gone'

type Facts = { readonly run: CertifiedRun; readonly steps: readonly CertifiedStep[]; readonly tasks: readonly CertifiedTask[]; readonly unheard: readonly UnheardTask[] }

/**
 * Issues the certificates of runs that are over, once each: whoever comes second, or at the same time, finds the one that is there. People are named as they are
 * called now. Nothing is signed that the sealed rows about a run do not tell in the same way. The audit is sealed and signed once for all of them; answers in their order.
 * @throws AppError audit.broken, certificate.contradicted (by any of them; those before it are issued)
 */
export async function issueCertificates(deps: CertificatesDeps, orgId: OrgId, runIds: readonly FlowRunId[]): Promise<Issued[]> {
  const actor = systemActor(orgId, `certificates-${newId()}`)
  const found = await deps.runInTx(actor, async (tx) => {
    const all: (Facts | Issued)[] = []
    for (const runId of runIds) all.push(await factsOf(tx, { orgId, runId }))
    return all
  }, { readOnly: true })
  const over = found.filter((facts) => typeof facts !== 'string')
  if (over.length === 0) return found.filter((facts) => typeof facts === 'string')
  const proven = await deps.proof.about(actor, { type: 'flowRun', ids: over.map(({ run }) => run.id) })
  const known = new Map((await deps.called(orgId, over.flatMap(peopleIn))).map((person) => [person.id, person]))
  const issued: Issued[] = []
  for (const facts of found) issued.push(typeof facts === 'string' ? facts : await store(deps, actor, { facts, known, proven: proven.get(facts.run.id) }))
  return issued
}

async function factsOf(tx: Tx, of: OfRun): Promise<Facts | Issued> {
  if (await findCertificate(tx, of) !== null) return 'issued'
  const run = await findCertifiedRun(tx, of)
  if (run === null) return 'gone'
  if (run.endedAt === null || run.effectsLeft > 0) return 'not-yet'
  return { run, steps: await listCertifiedSteps(tx, of), tasks: await listCertifiedTasks(tx, of), unheard: await listUnheardTasks(tx, of) }
}

type Proven = { readonly facts: Facts; readonly known: ReadonlyMap<UserId, CertifiedPerson>; readonly proven: ProvenRows | undefined }

async function store(deps: CertificatesDeps, actor: Actor, { facts, known, proven }: Proven): Promise<Issued> {
  if (proven === undefined) return 'not-yet'
  const { run } = facts
  const of: OfRun = { orgId: actor.orgId, runId: run.id }
  const called = (id: UserId): CertifiedPerson => known.get(id) ?? { id, name: null, email: null }
  const issuedAt = deps.clock.now()
  const [signer] = deps.signers
  const lines = new Map(proven.rows.map(({ seq, line }) => [seq, line]))
  const audit = { ...proven, rows: proven.rows.map(({ seq, hash, action, at }) => ({ seq, hash, action, at })) }
  const body = sign(signer, { ...contentOf(of, facts, { called, rows: rowsOfDecisions(lines) }), audit, issuedAt: issuedAt.toISOString() })
  const { findings } = await verifyCertificate(Buffer.from(body, 'utf8'), { keys: [signer.publicKey], rows: lines })
  if (findings.length > 0) throw contradicted(findings.map(({ code, at }) => `${code} ${at ?? ''}`).join(', '))
  const addressed = peopleIn(facts).filter((id) => called(id).email !== null)
  return deps.runInTx(actor, async (tx): Promise<Issued> => {
    // Whoever was erased since they were called took back the certificates that there were then, and not this one.
    if (await isAnyErased(tx, of.orgId, addressed)) return 'not-yet'
    // The run may have gone with its document meanwhile.
    if (await findCertifiedRun(tx, of) === null) return 'gone'
    if (await insertCertificate(tx, of, { body, issuedAt })) {
      await deps.outbox.append(tx, actor, {
        type: 'workflows.certificate-issued.v1', documentId: run.documentId, payload: { runId: of.runId, documentId: run.documentId },
        audit: { subjectType: 'flowRun', subjectId: of.runId, data: { sha256: createHash('sha256').update(body).digest('hex'), keyId: signer.keyId } },
      })
    }
    return 'issued'
  })
}

/** Rows of the run are not as the audit, or they themselves, tell of it. */
const contradicted = (how: string): AppError => new AppError('certificate.contradicted', { cause: new Error(how) })

const peopleIn = ({ run, tasks, unheard }: Facts): UserId[] =>
  [...new Set([run.requesterId, run.endedBy, ...[...tasks, ...unheard].flatMap(({ personId, forId, byId }) => [personId, forId, byId])])].filter((id) => id !== null)

type Told = { readonly called: (id: UserId) => CertifiedPerson; readonly rows: ReadonlyMap<unknown, number> }

function contentOf({ orgId }: OfRun, { run, steps, tasks, unheard }: Facts, { called, rows }: Told): Omit<CertificateContent, 'audit' | 'issuedAt'> {
  const { endedAt, endedBy } = run
  const began = beganBy(run.cause)
  if (endedAt === null || began === null) throw new Error('a run that is not over, or began in no way that there is, has no certificate')
  const asked = ({ personId, forId, byId, at, ...task }: CertifiedTask | UnheardTask) => ({
    taskId: task.taskId, stage: task.stage, round: task.round, why: task.why, at: at.toISOString(),
    person: called(personId), onBehalfOf: forId === null || forId === personId ? null : called(forId), handedOnBy: byId === null ? null : called(byId),
  })
  return {
    org: { id: orgId, name: run.orgName },
    run: {
      id: run.id, requester: called(run.requesterId), began, note: run.note, startedAt: run.createdAt.toISOString(), endedAt: endedAt.toISOString(),
      outcome: runOutcome.parse(run.state), reason: run.reason, withdrawnBy: run.state === 'withdrawn' && endedBy !== null ? called(endedBy) : null,
    },
    flow: {
      id: run.flowId, name: run.spec.name, version: run.flowVersion, specSha256: canonicalSha256(run.specText), stages: placedStages(run.spec).map(({ stage }) => stage.key),
    },
    document: { id: run.documentId, name: run.documentName, version: run.version, sha256: run.sha256, size: run.size },
    stages: steps.map((step) => stageOf(run.spec, step, endedAt)),
    decisions: tasks.map((task) => {
      const { id, verdict, version, contentSha256, secondFactor, comment, via } = task
      const row = rows.get(id)
      if (row === undefined) throw contradicted(`the audit tells nothing of decision ${id}`)
      return { ...asked(task), id, row, verdict, version, contentSha256, secondFactor, comment, via: via === 'apiKey' ? 'apiKey' : 'session' }
    }),
    unheard: unheard.map((task) => ({ ...asked(task), end: task.end })),
  }
}

function stageOf(spec: FlowSpec, step: CertifiedStep, endedAt: Date): CertificateContent['stages'][number] {
  const placed = placedStages(spec).find(({ stage }) => stage.key === step.stage)
  if (placed === undefined) throw new Error(`the flow has no stage ${step.stage}`)
  const { name, decide, onNewVersion, deadline, onDeadline } = placed.stage
  return {
    key: step.stage, name, round: step.round, outcome: step.state === 'open' ? 'stale' : step.state, rule: decide, counts: step.counts, keeps: onNewVersion === 'keep',
    openedAt: step.openedAt.toISOString(), closedAt: (step.closedAt ?? endedAt).toISOString(), dueAt: step.dueAt?.toISOString() ?? null,
    atDeadline: deadline === undefined || onDeadline === 'wait' ? null : onDeadline,
  }
}
