import type { notificationsContract, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type Due = { readonly orgId: OrgId; readonly userId: UserId; readonly rhythm: notificationsContract.Rhythm }
export type Begun = Readonly<Record<notificationsContract.Rhythm, Date>>
type Digest = { readonly orgId: OrgId; readonly userId: UserId; readonly begunAt: Date; readonly noticeId: string }

export const digestsRepository = {
  /** System unit: the next people behind `after` for whom something waits from before the present hour or day, and who had no digest in it. */
  due(tx: Tx, begun: Begun, { after, limit }: { after: Due | null; limit: number }): Promise<Due[]> {
    return tx.$queryRaw<Due[]>`
      select distinct n.org_id::text as "orgId", n.user_id::text as "userId", w.rhythm
      from notification n
      left join notification_rhythm r on r.org_id = n.org_id and r.user_id = n.user_id
      cross join lateral (select coalesce(r.digest, 'daily') as rhythm,
        case r.digest when 'hourly' then ${begun.hourly}::timestamptz else ${begun.daily}::timestamptz end as begun_at) w
      where n.mail = 'digest' and n.notice_id is null and n.read_at is null and n.at < w.begun_at
        and (${after?.orgId ?? null}::uuid is null or (n.org_id, n.user_id) > (${after?.orgId ?? null}::uuid, ${after?.userId ?? null}::uuid))
        and not exists (select from notification_digest d where d.org_id = n.org_id and d.user_id = n.user_id and d.begun_at = w.begun_at)
      order by 1, 2 limit ${limit}::int`
  },
  /** Tenant unit. False when somebody else had this digest first. */
  async claim(tx: Tx, { orgId, userId, begunAt, noticeId }: Digest): Promise<boolean> {
    const claimed = await tx.$executeRaw`
      insert into notification_digest (org_id, user_id, begun_at, notice_id) values (${orgId}::uuid, ${userId}::uuid, ${begunAt}::timestamptz, ${noticeId}::uuid)
      on conflict do nothing`
    return claimed === 1
  },
  /** Tenant unit: all that waited from before it began, whether it is still shown or not. Answers how many. */
  gather(tx: Tx, { orgId, userId, begunAt, noticeId }: Digest): Promise<number> {
    return tx.$executeRaw`
      update notification set notice_id = ${noticeId}::uuid
      where org_id = ${orgId}::uuid and user_id = ${userId}::uuid and mail = 'digest' and notice_id is null and read_at is null and at < ${begunAt}::timestamptz`
  },
  /** System unit: up to `limit` of what is older, read or not. Answers how many. */
  removeOlderThan: (tx: Tx, before: Date, limit: number): Promise<number> => tx.$executeRaw`
    delete from notification where id in (select id from notification where at < ${before}::timestamptz order by at limit ${limit}::int)`,
  /** System unit. */
  removeDigestsBefore: (tx: Tx, before: Date): Promise<number> => tx.$executeRaw`delete from notification_digest where begun_at < ${before}::timestamptz`,
}
export type DigestsRepository = typeof digestsRepository
