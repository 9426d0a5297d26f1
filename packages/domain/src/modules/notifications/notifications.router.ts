import { eventsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { NotificationsService } from './notifications.service.ts'

export const createNotificationsRouter = (notifications: NotificationsService) => router({
  stream: orgProcedure.meta(may('notifications', 'read')).input(contract.streamInput)
    .subscription(({ ctx, input, signal }) => notifications.stream(ctx.actor, {
      lastEventId: input?.lastEventId ?? null, documentId: input?.documentId ?? null, stillValid: () => ctx.stillValid(), signal,
    })),
})
