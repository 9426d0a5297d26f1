import { createHash } from 'node:crypto'
import { canonicalSha256, issueCertificate as sign, type CertificateContent, type CertifiedPerson } from '@intellidocs/certificate'
import { runOutcome, type FlowSpec, type UserId } from '@intellidocs/contracts'
import { systemActor, type Actor, type ProvenRows } from '@intellidocs/kernel'
import { placedStages } from '../engine/stages.ts'
import {
  findCertificate, findCertifiedRun, insertCertificate, listCertifiedSteps, listCertifiedTasks, type CertifiedRun, type CertifiedStep, type CertifiedTask,
} from './certificates.repository.ts'
import type { CertificatesDeps, OfRun } from './certificates.types.ts'

/** `not-yet`: the run is not over with all that its end does, or a row about it is not sealed. `gone`: there is no such run. */
export type Issued = 'issued' | 'not-yet' | 'gone'

type Facts = { readonly run: CertifiedRun; readonly steps: readonly CertifiedStep[]; readonly tasks: readonly CertifiedTask[] }

/**
 * Issues the certificate of a run that is over, once: whoever comes second, or at the same time, finds the one that is there. People are named as they are
 * called now. @throws AppError audit.broken
 */
export async function issueCertificate(deps: CertificatesDeps, of: OfRun): Promise<Issued> {
  const actor = systemActor(of.orgId, `certificate-${of.runId}`)
  const facts = await deps.runInTx(actor, async (tx): Promise<Facts | Issued> => {
    if (await findCertificate(tx, of) !== null) return 'issued'
    const run = await findCertifiedRun(tx, of)
    if (run === null) return 'gone'
    if (run.endedAt === null || run.effectsLeft > 0) return 'not-yet'
    return { run, steps: await listCertifiedSteps(tx, of), tasks: await listCertifiedTasks(tx, of) }
  }, { readOnly: true })
  if (typeof facts === 'string') return facts
  const proven = await deps.proof.about(actor, { type: 'flowRun', id: of.runId })
  if (proven === null) return 'not-yet'
  return store(deps, actor, { of, facts, proven })
}

type Proven = { readonly of: OfRun; readonly facts: Facts; readonly proven: ProvenRows }

async function store(deps: CertificatesDeps, actor: Actor, { of, facts, proven }: Proven): Promise<Issued> {
  const { run, tasks } = facts
  const ids = new Set<UserId>([run.requesterId, ...tasks.flatMap(({ personId, forId }) => (forId === null ? [personId] : [personId, forId]))])
  const known = new Map((await deps.called([...ids])).map((person) => [person.id, person]))
  const called = (id: UserId): CertifiedPerson => known.get(id) ?? { id, name: null, email: null }
  const issuedAt = deps.clock.now()
  const [signer] = deps.signers
  const body = sign(signer, { ...contentOf(of, facts, called), audit: { ...proven, rows: [...proven.rows] }, issuedAt: issuedAt.toISOString() })
  return deps.runInTx(actor, async (tx): Promise<Issued> => {
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

function contentOf({ orgId }: OfRun, { run, steps, tasks }: Facts, called: (id: UserId) => CertifiedPerson): Omit<CertificateContent, 'audit' | 'issuedAt'> {
  const { endedAt } = run
  if (endedAt === null) throw new Error('a run that is not over has no certificate')
  return {
    org: { id: orgId, name: run.orgName },
    run: {
      id: run.id, requester: called(run.requesterId), byItself: run.byItself, note: run.note, startedAt: run.createdAt.toISOString(), endedAt: endedAt.toISOString(),
      outcome: runOutcome.parse(run.state), reason: run.reason,
    },
    flow: { id: run.flowId, name: run.spec.name, version: run.flowVersion, specSha256: canonicalSha256(run.specText) },
    document: { id: run.documentId, name: run.documentName, version: run.version, sha256: run.sha256, size: run.size },
    stages: steps.map((step) => stageOf(run.spec, step, endedAt)),
    decisions: tasks.map(({ personId, forId, at, via, ...task }) => ({
      ...task, person: called(personId), onBehalfOf: forId === null || forId === personId ? null : called(forId), at: at.toISOString(), via: via === 'apiKey' ? 'apiKey' : 'session',
    })),
  }
}

function stageOf(spec: FlowSpec, step: CertifiedStep, endedAt: Date): CertificateContent['stages'][number] {
  const placed = placedStages(spec).find(({ stage }) => stage.key === step.stage)
  if (placed === undefined) throw new Error(`the flow has no stage ${step.stage}`)
  const { name, decide, onNewVersion } = placed.stage
  return {
    key: step.stage, name, round: step.round, outcome: step.state === 'open' ? 'stale' : step.state, rule: decide, counts: step.counts, keeps: onNewVersion === 'keep',
    openedAt: step.openedAt.toISOString(), closedAt: (step.closedAt ?? endedAt).toISOString(),
  }
}
