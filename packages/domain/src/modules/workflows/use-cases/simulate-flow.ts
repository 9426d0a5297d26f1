import type { Assignee, FlowId, FlowSpec, UserId } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import { loadFacts, type LoadedFacts } from '../definition-facts.ts'
import type { DefinitionsDeps } from '../definitions.deps.ts'
import { beyondRights, canSimulate } from '../definitions.policy.ts'
import type { Sample, SimulateInput, Simulated } from '../definitions.types.ts'
import { checkSpec } from '../engine/check-spec.ts'
import { namedIn } from '../engine/named.ts'
import { simulate } from '../engine/simulate.ts'
import type { Facts, Simulation } from '../engine/types.ts'
import { loadDefinition } from '../load-definition.ts'

/** A document that is in the trash is a sample as well. @throws AppError document.not_found */
async function factsOf({ documents }: DefinitionsDeps, tx: Tx, { actor, sample }: { actor: Actor; sample: Sample }): Promise<Facts> {
  if (sample.documentId === undefined) {
    if (sample.facts === undefined) throw new Error('a sample of nothing')
    return sample.facts
  }
  const found = await documents.facts.inTx(tx, actor, { id: sample.documentId })
  if (found === null) throw new AppError('document.not_found')
  const { name, mime: type, pages, size, language, folderId, tags, metadata } = found
  return { name, type, pages, size, language, folderId, tags, metadata }
}

async function definitionOf(deps: DefinitionsDeps, tx: Tx, { actor, input }: { actor: Actor; input: SimulateInput }): Promise<{ spec: FlowSpec; self: FlowId | null }> {
  if (input.spec !== undefined) return { spec: input.spec, self: null }
  if (input.id === undefined) throw new Error('a simulation of nothing')
  return { spec: (await loadDefinition(deps, tx, { actor, id: input.id })).spec, self: input.id }
}

const nameIn = (facts: Facts, field: string): string => String(Object.hasOwn(facts.metadata, field) ? facts.metadata[field] : '').trim().toLowerCase()

/** Whom the fields of the sample name, by what they say. */
async function calledIn(deps: DefinitionsDeps, tx: Tx, { actor, spec, facts }: { actor: Actor; spec: FlowSpec; facts: Facts }): Promise<ReadonlyMap<string, UserId>> {
  const names = namedIn(spec).fields.map((field) => nameIn(facts, field)).filter((name) => name !== '')
  const rows = names.length === 0 ? [] : await deps.facts.called(tx, actor.orgId, names)
  return new Map(rows.map(({ name, userId }) => [name, userId]))
}

const resolver = (known: LoadedFacts, about: { facts: Facts; called: ReadonlyMap<string, UserId>; requesterId: UserId }) => (assignee: Assignee): readonly UserId[] => {
  if ('user' in assignee) return known.deciders.has(assignee.user) ? [assignee.user] : []
  if ('group' in assignee) return [...known.groups.get(assignee.group) ?? []]
  if ('role' in assignee) return [...known.roles.get(assignee.role) ?? []]
  if ('requester' in assignee) return [about.requesterId]
  const called = about.called.get(nameIn(about.facts, assignee.field))
  return called === undefined ? [] : [called]
}

const iso = (at: number | null): string | null => (at === null ? null : isoOf(at))
const isoOf = (at: number): string => new Date(at).toISOString()

const show = ({ steps, outcome, endedAt }: Simulation): Omit<Simulated, 'faults'> => ({
  outcome, endedAt: iso(endedAt),
  steps: steps.map(({ openedAt, closedAt, dueAt, reminders, asked, ...step }) => ({
    ...step, openedAt: isoOf(openedAt), closedAt: iso(closedAt), dueAt: iso(dueAt), reminders: reminders.map(isoOf),
    asked: asked.map(({ at, decidedAt, ...task }) => ({ ...task, at: isoOf(at), decidedAt: iso(decidedAt) })),
  })),
})

/** What a simulation is played with. */
async function load(deps: DefinitionsDeps, tx: Tx, { actor, input }: { actor: Actor; input: SimulateInput }) {
  const { spec, self } = await definitionOf(deps, tx, { actor, input })
  const facts = await factsOf(deps, tx, { actor, sample: input.sample })
  const known = await loadFacts(deps, tx, { actor, spec, self })
  return { spec, facts, known, called: await calledIn(deps, tx, { actor, spec, facts }) }
}

/**
 * With the groups and roles as they are now. Whether each of them reads the document is not asked here: a run asks somebody else for those who do not.
 * @throws AppError auth.forbidden, flow.not_found, document.not_found
 */
export async function simulateFlow(deps: DefinitionsDeps, actor: Actor, input: SimulateInput): Promise<Simulated> {
  if (!canSimulate(actor)) throw new AppError('auth.forbidden')
  const startedAt = input.startedAt === undefined ? deps.clock.now().getTime() : Date.parse(input.startedAt)
  const requesterId = input.requesterId ?? actor.userId
  const { spec, facts, known, called } = await deps.runInTx(actor, (tx) => load(deps, tx, { actor, input }), { readOnly: true })
  const played = simulate({ spec, facts, startedAt, requesterId, answers: input.answers, resolve: resolver(known, { facts, called, requesterId }) })
  return { ...show(played), faults: [...checkSpec(spec, known), ...beyondRights(spec, actor, known.places)] }
}
