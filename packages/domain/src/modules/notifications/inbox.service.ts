import { notificationsContract, type Page } from '@intellidocs/contracts'
import { positionedPage, userPrincipal, windowOf, type Actor } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { InboxRow, Reading } from './inbox.repository.ts'
import { kindsFor } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'

type Contract = typeof notificationsContract
type Deps = Pick<TellingDeps, 'runInTx' | 'inbox' | 'outbox' | 'clock'>

/** The caller's own inbox in their organization. What they cannot see any more, or never could by the key they came with, is in no answer. */
export type InboxService = {
  /** Newest first. @throws AppError input.cursor */
  list(actor: Actor, input: z.output<Contract['list']['input']>): Promise<Page<notificationsContract.Notification>>
  unreadCount(actor: Actor): Promise<{ unread: number }>
  /** However many ask at once, each notification is read once. */
  markRead(actor: Actor, input: z.output<Contract['markRead']['input']>): Promise<{ read: number }>
}

const readingOf = ({ orgId, userId, permissions, principals }: Actor): Reading => ({ orgId, userId, kinds: kindsFor(permissions), principals })

const toNotification = ({ position: _position, at, readAt, ...row }: InboxRow): notificationsContract.Notification =>
  ({ ...row, at: at.toISOString(), readAt: readAt?.toISOString() ?? null })

export function createInboxService({ runInTx, inbox, outbox, clock }: Deps): InboxService {
  return {
    async list(actor, { unread = false, ...page }) {
      const { limit, after } = windowOf(page)
      const rows = await runInTx(actor, (tx) => inbox.list(tx, readingOf(actor), { unread, limit, after }), { readOnly: true })
      return positionedPage(rows, limit, toNotification)
    },
    unreadCount: async (actor) => ({
      unread: await runInTx(actor, (tx) => inbox.countUnread(tx, readingOf(actor), notificationsContract.UNREAD_MOST), { readOnly: true }),
    }),
    markRead: (actor, input) => runInTx(actor, async (tx) => {
      const which = 'ids' in input ? { ids: input.ids } : { before: input.before }
      const read = await inbox.markRead(tx, readingOf(actor), { which, at: clock.now() })
      if (read.length === 0) return { read: 0 }
      await outbox.append(tx, actor, {
        type: 'notifications.read.v1', payload: 'before' in which ? { notifications: [], before: which.before } : { notifications: read },
        audience: [userPrincipal(actor.userId)], audit: { subjectType: 'user', subjectId: actor.userId, data: { notifications: read.length } },
      })
      return { read: read.length }
    }),
  }
}
