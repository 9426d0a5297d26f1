import { notificationsContract, rolePermissions, type MemberRole, type Permission } from '@intellidocs/contracts'

type Kind = notificationsContract.Kind
export type Channels = { readonly live: boolean; readonly inbox: boolean; readonly mail: notificationsContract.MailTime }
/** What somebody chose otherwise than the defaults. */
export type Chosen = ReadonlyMap<Kind, Channels>

/** What somebody must hold to be told of a kind, and to read what they were told once: beside it, what it is about must be shown to them. */
const needed: Readonly<Record<Kind, readonly Permission[]>> = {
  task_assigned: ['documents:read', 'tasks:decide'], task_reminder: ['documents:read', 'tasks:decide'], tasks_overdue: ['tasks:decide'],
  run_ended: ['documents:read'], mentioned: ['documents:read'], version_wanted: ['documents:read'], shared: ['documents:read'],
  processing_failed: ['documents:read'], security: [], webhook_paused: ['webhooks:manage'], link_opened: ['documents:read'], files_received: ['documents:read'],
  quota_near: ['usage:read'],
}

/** Nobody is told anything who may not read notifications at all. */
export const mayBeTold = (permissions: ReadonlySet<Permission>, kind: Kind): boolean =>
  permissions.has('notifications:read') && needed[kind].every((permission) => permissions.has(permission))

export const kindsFor = (permissions: ReadonlySet<Permission>): Kind[] => notificationsContract.kinds.filter((kind) => mayBeTold(permissions, kind))

/** `custom`: what the organization's own role holds. */
export const permissionsOfRole = (role: MemberRole, custom: readonly Permission[]): ReadonlySet<Permission> =>
  new Set(role === 'custom' ? custom : rolePermissions[role])

const everywhere = { live: true, inbox: true } as const
/** What waits for somebody, or was waited for, is mailed at once; what is good to know is gathered. */
const defaults: Readonly<Record<Kind, Channels>> = {
  task_assigned: { ...everywhere, mail: 'immediate' }, task_reminder: { ...everywhere, mail: 'immediate' }, tasks_overdue: { ...everywhere, mail: 'immediate' },
  run_ended: { ...everywhere, mail: 'immediate' }, mentioned: { ...everywhere, mail: 'immediate' }, version_wanted: { ...everywhere, mail: 'immediate' },
  shared: { ...everywhere, mail: 'digest' }, processing_failed: { ...everywhere, mail: 'digest' }, security: { ...everywhere, mail: 'immediate' },
  webhook_paused: { ...everywhere, mail: 'immediate' }, link_opened: { ...everywhere, mail: 'immediate' }, files_received: { ...everywhere, mail: 'immediate' },
  quota_near: { ...everywhere, mail: 'immediate' },
}
export const DEFAULT_RHYTHM: notificationsContract.Rhythm = 'daily'

export const channelsOf = (chosen: Chosen, kind: Kind): Channels => chosen.get(kind) ?? defaults[kind]

/**
 * How this module mails of a kind. On security the module `users` mails itself, in the transaction of what happened, whether the person is in an
 * organization or not, and asks nobody's preferences.
 */
export const mailOf = (kind: Kind, { mail }: Channels): notificationsContract.MailTime => (kind === 'security' ? 'off' : mail)

export function preferencesOf(chosen: Chosen, digest: notificationsContract.Rhythm | null): notificationsContract.Preferences {
  const of = (kind: Kind): Channels => channelsOf(chosen, kind)
  const { live, inbox } = of('security')
  return {
    digest: digest ?? DEFAULT_RHYTHM,
    kinds: {
      task_assigned: of('task_assigned'), task_reminder: of('task_reminder'), tasks_overdue: of('tasks_overdue'), run_ended: of('run_ended'),
      mentioned: of('mentioned'), version_wanted: of('version_wanted'), shared: of('shared'), processing_failed: of('processing_failed'),
      security: { live, inbox, mail: 'immediate' }, webhook_paused: of('webhook_paused'),
      link_opened: of('link_opened'),
      files_received: of('files_received'), quota_near: of('quota_near'),
    },
  }
}

/** Six in the morning, UTC, when a day of digests begins. */
const DAY_BEGINS = 6
const HOUR_MS = 3_600_000

/** When the hour or the day began in which `now` is. A digest that is sent in it tells of what happened before. */
export function begunAt(rhythm: notificationsContract.Rhythm, now: Date): Date {
  const span = rhythm === 'hourly' ? HOUR_MS : 24 * HOUR_MS
  const shift = rhythm === 'hourly' ? 0 : DAY_BEGINS * HOUR_MS
  return new Date(Math.floor((now.getTime() - shift) / span) * span + shift)
}
