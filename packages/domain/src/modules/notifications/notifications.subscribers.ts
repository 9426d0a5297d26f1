import { newId, subscriber, systemActor, userPrincipal, type Actor, type CommittedEvent, type Subscriber, type Tx } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import type { TellingDeps } from './notifications.deps.ts'
import { securityEvents, toldBy, toldOf, toldOfAccount, type ToldOf } from './sources.ts'
import { tell } from './tell.ts'

export const createNotificationsSubscribers = (deps: TellingDeps): Subscriber[] => [tellPeople(deps), tellTheOthers(deps), tellOfAccounts(deps), settleTasks(deps)]

const isToldOf = (event: CommittedEvent): event is CommittedEvent<ToldOf> => (toldOf as readonly string[]).includes(event.type)

/**
 * One batch of those whom an event is told. What is left is an event of its own, in the same transaction: the relay takes it in its turn, behind what other
 * organizations have, and what came meanwhile in this one.
 */
async function tellSome(deps: TellingDeps, tx: Tx, { system, event, after }: { system: Actor; event: CommittedEvent<ToldOf>; after: UserId | null }): Promise<void> {
  const told = await toldBy(deps.subjects, tx, event)
  if (told === null) return
  const next = await tell(deps, tx, { system, told, after })
  if (next === null) return
  await deps.outbox.append(tx, system, { type: 'notifications.part-told.v1', payload: { eventId: event.id.toString(), after: next }, audit: false })
}

const tellPeople = (deps: TellingDeps): Subscriber => subscriber({
  name: 'notifications.tell',
  events: toldOf,
  handle: async (event) => {
    const system = systemActor(event.orgId, newId())
    await deps.runInTx(system, (tx) => tellSome(deps, tx, { system, event, after: null }))
  },
})

const tellTheOthers = (deps: TellingDeps): Subscriber => subscriber({
  name: 'notifications.tell-others',
  events: ['notifications.part-told.v1'],
  handle: async ({ orgId, payload: { eventId, after } }) => {
    const system = systemActor(orgId, newId())
    await deps.runInTx(system, async (tx) => {
      const event = await deps.subjects.event(tx, orgId, BigInt(eventId))
      if (event !== null && isToldOf(event)) await tellSome(deps, tx, { system, event, after })
    })
  },
})

/** An account belongs to no organization, and every inbox to one: so its owner finds it in each. A second delivery finds all of them told. */
const tellOfAccounts = (deps: TellingDeps): Subscriber => subscriber({
  name: 'notifications.tell-of-accounts',
  events: securityEvents,
  handle: async (event, signal) => {
    for (const orgId of await deps.runAsIdentity((tx) => deps.subjects.orgsOf(tx, event.payload.userId))) {
      signal.throwIfAborted()
      const system = systemActor(orgId, newId())
      await deps.runInTx(system, (tx) => tell(deps, tx, { system, told: toldOfAccount(event), after: null }))
    }
  },
})

/** Nobody is reminded of a task, by mail or in the inbox, that needs no answer any more. */
const settleTasks = (deps: TellingDeps): Subscriber => subscriber({
  name: 'notifications.settle-tasks',
  events: ['workflows.task-decided.v1', 'workflows.task-closed.v1'],
  handle: async ({ orgId, payload: { taskId } }) => {
    const system = systemActor(orgId, newId())
    await deps.runInTx(system, async (tx) => {
      for (const { id, userId } of await deps.inbox.settleTask(tx, { orgId, taskId, at: deps.clock.now() })) {
        await deps.outbox.append(tx, system, {
          type: 'notifications.read.v1', payload: { notifications: [id] }, audience: [userPrincipal(userId)], audit: false,
        })
      }
    })
  },
})
