import {
  notificationsContract, type DocumentId, type FlowRunId, type FlowTaskId, type FolderId, type NotificationId, type OrgId, type UserId,
} from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import type { Told } from './told.types.ts'

type Kind = notificationsContract.Kind
type MailTime = notificationsContract.MailTime

export type NewRow = { readonly id: NotificationId; readonly userId: UserId; readonly inInbox: boolean; readonly mail: MailTime; readonly noticeId: string | null }
export type Added = Pick<NewRow, 'id' | 'userId'>
export type InboxRow = {
  id: NotificationId; kind: Kind; at: Date; readAt: Date | null; actorId: UserId; title: string | null
  documentId: DocumentId | null; folderId: FolderId | null; runId: FlowRunId | null; taskId: FlowTaskId | null; facts: notificationsContract.Facts
  position: Position
}
/** Whose inbox, and what of it is shown now: kinds by permission, the rest by what they see of its subject. */
export type Reading = { readonly orgId: OrgId; readonly userId: UserId; readonly kinds: readonly Kind[]; readonly principals: readonly string[] }
export type Which = { readonly ids: readonly NotificationId[] } | { readonly before: string }
export type Noticed = Pick<InboxRow, 'kind' | 'title' | 'facts'> & { readonly mail: MailTime; readonly all: number }

type ListRow = Omit<InboxRow, 'position' | 'facts'> & { facts: unknown; cursorAt: string }

/** The one condition of all that reads an inbox, and of the mail that is made of it. */
const shown = ({ orgId, userId, kinds, principals }: Reading): Prisma.Sql => Prisma.sql`
  n.org_id = ${orgId}::uuid and n.user_id = ${userId}::uuid and n.kind = any (${[...kinds]}::text[])
  and app.subject_shown(n.org_id, n.document_id, n.folder_id, ${[...principals]}::text[])`

/** Of an address no more than where it leads: the rest often is a secret. */
const TITLE = Prisma.sql`coalesce((select d.name from document d where d.org_id = n.org_id and d.id = n.document_id),
  (select f.name from folder f where f.org_id = n.org_id and f.id = n.folder_id),
  (select coalesce(nullif(w.description, ''), substring(w.url from '^[^:]+://[^/?#]+')) from webhook_endpoint w
    where w.org_id = n.org_id and w.id = (n.facts->>'endpointId')::uuid))`

/** Every method runs in a tenant unit. */
export const inboxRepository = {
  /** Answers those that were not there before: of one source, somebody has one row. */
  insert(tx: Tx, { orgId, told }: { orgId: OrgId; told: Told }, rows: readonly NewRow[]): Promise<Added[]> {
    const given = JSON.stringify(rows.map(({ id, userId, inInbox, mail, noticeId }) => ({ id, user_id: userId, in_inbox: inInbox, mail, notice_id: noticeId })))
    const { about } = told
    return tx.$queryRaw<Added[]>`
      insert into notification (id, org_id, user_id, source, kind, actor_id, document_id, folder_id, run_id, task_id, facts, at, in_inbox, mail, notice_id)
      select x.id, ${orgId}::uuid, x.user_id, ${told.source}, ${told.kind}, ${told.actorId}::uuid, ${about.documentId}::uuid, ${about.folderId}::uuid,
        ${about.runId}::uuid, ${about.taskId}::uuid, ${JSON.stringify(told.facts)}::jsonb, ${told.at}::timestamptz, x.in_inbox, x.mail, x.notice_id
      from jsonb_to_recordset(${given}::jsonb) as x (id uuid, user_id uuid, in_inbox boolean, mail text, notice_id uuid)
      on conflict (org_id, user_id, source) do nothing returning id::text, user_id::text as "userId"`
  },
  /** Newest first; one row more than `limit` tells of a next page. */
  async list(tx: Tx, reading: Reading, { unread, limit, after }: Window & { unread: boolean }): Promise<InboxRow[]> {
    const rows = await tx.$queryRaw<ListRow[]>`
      select n.id::text, n.kind, n.at, n.at::text as "cursorAt", n.read_at as "readAt", n.actor_id::text as "actorId", ${TITLE} as title,
        n.document_id::text as "documentId", n.folder_id::text as "folderId", n.run_id::text as "runId", n.task_id::text as "taskId", n.facts
      from notification n
      where ${shown(reading)} and n.in_inbox and (not ${unread}::boolean or n.read_at is null)
        and (${after?.at ?? null}::timestamptz is null or (n.at, n.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by n.at desc, n.id desc limit ${limit + 1}::int`
    return rows.map(({ cursorAt, facts, ...row }) => ({ ...row, facts: notificationsContract.facts.parse(facts), position: { at: cursorAt, id: row.id } }))
  },
  async countUnread(tx: Tx, reading: Reading, most: number): Promise<number> {
    const [row] = await tx.$queryRaw<{ unread: number }[]>`
      select count(*)::int as unread from (
        select from notification n where ${shown(reading)} and n.in_inbox and n.read_at is null limit ${most}::int) counted`
    return row?.unread ?? 0
  },
  /** Those that were not read before, each told to one caller alone. In the order of ids, so that two calls never wait for each other. */
  async markRead(tx: Tx, reading: Reading, { which, at }: { which: Which; at: Date }): Promise<NotificationId[]> {
    const chosen = 'ids' in which ? Prisma.sql`n.id = any (${[...which.ids]}::text[]::uuid[])` : Prisma.sql`n.at <= ${which.before}::timestamptz`
    const rows = await tx.$queryRaw<{ id: NotificationId }[]>`
      with mine as (
        select n.id from notification n where ${shown(reading)} and n.in_inbox and n.read_at is null and ${chosen} order by n.id for update of n
      )
      update notification n set read_at = ${at}::timestamptz from mine where n.org_id = ${reading.orgId}::uuid and n.id = mine.id returning n.id::text`
    return rows.map(({ id }) => id)
  },
  /** What told of a task, to whomever, needs to be read by nobody any more. */
  settleTask(tx: Tx, { orgId, taskId, at }: { orgId: OrgId; taskId: FlowTaskId; at: Date }): Promise<Added[]> {
    return tx.$queryRaw<Added[]>`
      with theirs as (
        select id from notification where org_id = ${orgId}::uuid and task_id = ${taskId}::uuid and read_at is null order by id for update
      )
      update notification n set read_at = ${at}::timestamptz from theirs where n.org_id = ${orgId}::uuid and n.id = theirs.id
      returning n.id::text, n.user_id::text as "userId"`
  },
  /** What a mail tells of, as far as it is shown now and was not read meanwhile: the newest `limit`; `all` is how many there are. */
  async ofNotice(tx: Tx, reading: Reading, { noticeId, limit }: { noticeId: string; limit: number }): Promise<Noticed[]> {
    const rows = await tx.$queryRaw<(Omit<Noticed, 'facts'> & { facts: unknown })[]>`
      select n.kind, ${TITLE} as title, n.facts, n.mail, count(*) over ()::int as all
      from notification n where ${shown(reading)} and n.notice_id = ${noticeId}::uuid and n.read_at is null
      order by n.at desc, n.id desc limit ${limit}::int`
    return rows.map((row) => ({ ...row, facts: notificationsContract.facts.parse(row.facts) }))
  },
}
export type InboxRepository = typeof inboxRepository
