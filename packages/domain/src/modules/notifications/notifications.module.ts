import { systemClock, type Clock, type LiveFeed, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import { notificationsRepository } from './notifications.repository.ts'
import { createNotificationsRouter } from './notifications.router.ts'
import { createNotificationsService } from './notifications.service.ts'

export type NotificationsDeps = { readonly runInTx: RunInTx; readonly liveFeed: LiveFeed; readonly clock?: Clock }

/** Tells people and programs what happens, as it happens. */
export function createNotificationsModule({ runInTx, liveFeed, clock = systemClock }: NotificationsDeps) {
  const service = createNotificationsService({ runInTx, liveFeed, clock, repository: notificationsRepository })
  return {
    name: 'notifications',
    routers: { notifications: createNotificationsRouter(service) },
    subscribers: [] as Subscriber[],
  } as const
}
