import type { DocumentId, FolderId, Locale, MemberRole, notificationsContract, OrgId, Permission, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Channels } from './kinds.policy.ts'
import type { Audience, Told } from './told.types.ts'

/** An active member, as far as telling them something needs it. */
export type Person = {
  readonly userId: UserId
  readonly role: MemberRole
  /** Of the organization's own role; empty for a built-in one. */
  readonly custom: readonly Permission[]
  /** Whether they see what it is about. */
  readonly shown: boolean
  /** What they chose for the kind; null for the default. */
  readonly chosen: Channels | null
}
export type Recipient = Pick<Person, 'userId' | 'role' | 'custom'> & {
  readonly email: string; readonly name: string; readonly locale: Locale; readonly orgName: string; readonly principals: readonly string[]
}

type Row = Omit<Person, 'chosen'> & { live: boolean | null; inbox: boolean | null; mail: notificationsContract.MailTime | null }
type Of = { readonly orgId: OrgId; readonly told: Pick<Told, 'kind' | 'to' | 'except'> & { readonly about: { documentId: DocumentId | null; folderId: FolderId | null } } }

function among(to: Audience, orgId: OrgId): Prisma.Sql {
  if ('users' in to) return Prisma.sql`m.user_id = any (${[...to.users]}::text[]::uuid[])`
  if ('org' in to) return Prisma.sql`m.role <> 'guest'`
  return Prisma.sql`m.user_id in (select g.user_id from group_member g where g.org_id = ${orgId}::uuid and g.group_id = ${to.group}::uuid)`
}

/** Who is told. Tenant unit. */
export const peopleRepository = {
  /** The next `limit` of them behind `after`, by id: those who are told nothing among them, so that fewer than `limit` are the last. */
  async some(tx: Tx, { orgId, told }: Of, { after, limit }: { after: UserId | null; limit: number }): Promise<Person[]> {
    const { kind, to, except, about } = told
    // The page is cut from memberships alone, by their key; the view of accounts is asked for each of them by itself, as a join would read it whole.
    const rows = await tx.$queryRaw<Row[]>`
      select m.user_id::text as "userId", m.role, coalesce(r.permissions, '{}') as custom, c.live, c.inbox, c.mail,
        (select a.account_active from app.member a where a.org_id = m.org_id and a.user_id = m.user_id)
          and app.subject_shown(m.org_id, ${about.documentId}::uuid, ${about.folderId}::uuid, app.principals_of(m.org_id, m.user_id, m.role)) as shown
      from (
        select m.org_id, m.user_id, m.role, m.role_id from membership m
        where m.org_id = ${orgId}::uuid and m.status = 'active' and ${among(to, orgId)}
          and m.user_id is distinct from ${except}::uuid and (${after}::uuid is null or m.user_id > ${after}::uuid)
        order by m.user_id limit ${limit}::int
      ) m
      left join org_role r on r.org_id = m.org_id and r.id = m.role_id
      left join notification_preference c on c.org_id = m.org_id and c.user_id = m.user_id and c.kind = ${kind}
      where exists (select from org o where o.id = m.org_id and o.status = 'active')
      order by m.user_id`
    return rows.map(({ live, inbox, mail, ...person }) =>
      ({ ...person, chosen: live === null || inbox === null || mail === null ? null : { live, inbox, mail } }))
  },
  /** Whom a mail goes to: null for who is no active member of an active organization any more. */
  async recipient(tx: Tx, orgId: OrgId, userId: UserId): Promise<Recipient | null> {
    const [row] = await tx.$queryRaw<Recipient[]>`
      select m.user_id::text as "userId", m.role, coalesce(r.permissions, '{}') as custom, m.email, m.name, m.locale, o.name as "orgName",
        app.principals_of(m.org_id, m.user_id, m.role) as principals
      from app.member m join org o on o.id = m.org_id and o.status = 'active'
      left join org_role r on r.org_id = m.org_id and r.id = m.role_id
      where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid and m.status = 'active' and m.account_active`
    return row ?? null
  },
}
export type PeopleRepository = typeof peopleRepository
