import type { notificationsContract, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { Channels } from './kinds.policy.ts'

export type Whose = { readonly orgId: OrgId; readonly userId: UserId }
type Kind = notificationsContract.Kind
/** `undefined` stays as it is, or as the default is. */
export type ChannelChange = { readonly live?: boolean | undefined; readonly inbox?: boolean | undefined; readonly mail?: notificationsContract.MailTime | undefined }

/** What people chose, in a tenant unit. */
export const preferencesRepository = {
  async chosen(tx: Tx, { orgId, userId }: Whose): Promise<ReadonlyMap<Kind, Channels>> {
    const rows = await tx.$queryRaw<({ kind: Kind } & Channels)[]>`
      select kind, live, inbox, mail from notification_preference where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`
    return new Map(rows.map(({ kind, ...channels }) => [kind, channels]))
  },
  async rhythm(tx: Tx, { orgId, userId }: Whose): Promise<notificationsContract.Rhythm | null> {
    const [row] = await tx.$queryRaw<{ digest: notificationsContract.Rhythm }[]>`
      select digest from notification_rhythm where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`
    return row?.digest ?? null
  },
  /** What is not said stays: two changes at once of different channels both hold. */
  async put(tx: Tx, { orgId, userId }: Whose, change: { kind: Kind; to: ChannelChange; otherwise: Channels }): Promise<void> {
    const { kind, to, otherwise } = change
    const [live, inbox, mail] = [to.live ?? null, to.inbox ?? null, to.mail ?? null]
    await tx.$executeRaw`
      insert into notification_preference as p (org_id, user_id, kind, live, inbox, mail)
      values (${orgId}::uuid, ${userId}::uuid, ${kind}, ${live ?? otherwise.live}::boolean, ${inbox ?? otherwise.inbox}::boolean, ${mail ?? otherwise.mail})
      on conflict (org_id, user_id, kind) do update
        set live = coalesce(${live}::boolean, p.live), inbox = coalesce(${inbox}::boolean, p.inbox), mail = coalesce(${mail}::text, p.mail)`
  },
  async isMember(tx: Tx, { orgId, userId }: Whose): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select from membership where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`
    return rows.length === 1
  },
  async putRhythm(tx: Tx, { orgId, userId }: Whose, digest: notificationsContract.Rhythm): Promise<void> {
    await tx.$executeRaw`
      insert into notification_rhythm (org_id, user_id, digest) values (${orgId}::uuid, ${userId}::uuid, ${digest})
      on conflict (org_id, user_id) do update set digest = excluded.digest`
  },
}
export type PreferencesRepository = typeof preferencesRepository
