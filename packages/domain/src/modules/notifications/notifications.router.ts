import { eventsContract, notificationsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { InboxService } from './inbox.service.ts'
import type { NotificationsService } from './notifications.service.ts'
import type { PreferencesService } from './preferences.service.ts'

type Services = { stream: NotificationsService; inbox: InboxService; preferences: PreferencesService }

export const createNotificationsRouter = ({ stream, inbox, preferences }: Services) => router({
  stream: orgProcedure.meta(may('notifications', 'read')).input(eventsContract.streamInput)
    .subscription(({ ctx, input, signal }) => stream.stream(ctx.actor, {
      lastEventId: input?.lastEventId ?? null, documentId: input?.documentId ?? null, stillValid: () => ctx.stillValid(), signal,
    })),
  list: orgProcedure.meta(may('notifications', 'read')).input(contract.list.input).output(contract.list.output)
    .query(({ ctx, input }) => inbox.list(ctx.actor, input)),
  unreadCount: orgProcedure.meta(may('notifications', 'read')).output(contract.unreadCount.output)
    .query(({ ctx }) => inbox.unreadCount(ctx.actor)),
  markRead: orgProcedure.meta({ ...may('notifications', 'manage'), ...whileUnpaid('reading') }).input(contract.markRead.input).output(contract.markRead.output)
    .mutation(({ ctx, input }) => inbox.markRead(ctx.actor, input)),
  preferences: router({
    get: orgProcedure.meta(may('notifications', 'read')).output(contract.getPreferences.output)
      .query(({ ctx }) => preferences.get(ctx.actor)),
    set: orgProcedure.meta(may('notifications', 'manage')).input(contract.setPreferences.input).output(contract.setPreferences.output)
      .mutation(({ ctx, input }) => preferences.set(ctx.actor, input)),
  }),
})
