import type { Clock, Log, OutboxWithSubscribers, Subscriber, UnitOfWork } from '@intellidocs/kernel'
import { createOrgsModule } from './modules/orgs/index.ts'
import { createSubscriptionsModule } from './modules/subscriptions/index.ts'
import { createUsersModule, type SignInGuard } from './modules/users/index.ts'

/** Everything the modules need from outside; made in the `main.ts` of each process. */
export type ModuleDeps = UnitOfWork & {
  readonly clock: Clock
  readonly log: Log
  readonly outbox: OutboxWithSubscribers
  readonly signInGuard: SignInGuard
}

/** The registry: a line a module, lower ones may use higher ones. Also tells the outbox who listens, so call it once a process. */
export function createModules(deps: ModuleDeps) {
  const modules = {
    users: createUsersModule(deps),
    orgs: createOrgsModule(deps),
    subscriptions: createSubscriptionsModule(deps),
  }
  deps.outbox.register(subscribersOf(modules))
  return modules
}

export type Modules = ReturnType<typeof createModules>

type WithSubscribers = { readonly subscribers: readonly Subscriber[] }

/** Every reaction to events, for the relay. */
export const subscribersOf = (modules: Record<string, WithSubscribers>): Subscriber[] => Object.values(modules).flatMap((module) => module.subscribers)
