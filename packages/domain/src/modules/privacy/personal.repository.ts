import { memberRole, orgsContract, type OrgId, type PersonalKind, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'
import { known } from '../users/index.ts'
import type { Standing } from './privacy.policy.ts'

export type PersonalRecord = { readonly key: string; readonly data: Record<string, unknown> }
/** `email` of somebody from outside, whose `userId` is null; of a member it is looked up. */
export type Asked = { readonly actor: Actor; readonly userId: UserId | null; readonly email: string | null; readonly after: string | null; readonly limit: number }

/** What the rows of an organization tell about one person. Every method runs in a unit of that organization. */
export type PersonalRepository = {
  standing(tx: Tx, orgId: OrgId, userId: UserId): Promise<Standing | null>
  /** The member who has this address. */
  memberOf(tx: Tx, orgId: OrgId, email: string): Promise<UserId | null>
  /** Of one kind, by `key`, those behind `after`; with the names of documents and folders that the actor may see. */
  list(tx: Tx, kind: PersonalKind, asked: Asked): Promise<PersonalRecord[]>
}

/** `p` is what is asked: `org`, `who` and `email`, and the `principals` of whoever asks. */
type Kind = { readonly key: string; readonly type: 'uuid' | 'bigint' | 'text'; readonly row: Readonly<Record<string, string>>; readonly from: string }

const named = (document: string): string => `case when app.subject_shown(p.org, ${document}, null, p.principals) then d.name end`
/** What somebody wrote about a document tells of it, as its name does. */
const written = (document: string, text: string, whose: string): string =>
  `case when ${whose} = p.who and (p.own or app.subject_shown(p.org, ${document}, null, p.principals)) then ${text} end`
const runOf = 'join flow_run r on r.org_id = x.org_id and r.id = x.run_id'
const versionOf = `join document d on d.org_id = x.org_id and d.id = x.document_id`

const kinds: Readonly<Record<PersonalKind, Kind>> = {
  account: {
    key: 'x.user_id', type: 'uuid', from: 'app.member x where x.org_id = p.org and x.user_id = p.who',
    row: { userId: 'x.user_id', email: 'x.email', name: 'x.name', locale: 'x.locale', role: 'x.role', roleId: 'x.role_id', status: 'x.status', joinedAt: 'x.created_at' },
  },
  groups: {
    key: 'x.group_id', type: 'uuid', from: 'group_member x join org_group g on g.org_id = x.org_id and g.id = x.group_id where x.org_id = p.org and x.user_id = p.who',
    row: { groupId: 'x.group_id', name: 'g.name', since: 'x.created_at' },
  },
  grantedTo: {
    key: 'x.id', type: 'uuid', from: `access_grant x where x.org_id = p.org and x.principal = 'user:' || p.who`,
    row: { id: 'x.id', folderId: 'x.folder_id', documentId: 'x.document_id', level: 'x.level', grantedBy: 'x.granted_by', at: 'x.created_at' },
  },
  grantedBy: {
    key: 'x.id', type: 'uuid', from: 'access_grant x where x.org_id = p.org and x.granted_by = p.who',
    row: { id: 'x.id', folderId: 'x.folder_id', documentId: 'x.document_id', level: 'x.level', at: 'x.created_at' },
  },
  folders: {
    key: 'x.id', type: 'uuid', from: 'folder x where x.org_id = p.org and x.created_by = p.who',
    row: { id: 'x.id', name: 'case when app.folder_shown(x.path, x.restricted, p.principals) then x.name end', createdAt: 'x.created_at' },
  },
  documents: {
    key: 'd.id', type: 'uuid', from: 'document d where d.org_id = p.org and d.owner_id = p.who',
    row: { id: 'd.id', name: named('d.id'), lifecycle: 'd.lifecycle', createdAt: 'd.created_at' },
  },
  uploads: {
    key: 'x.id', type: 'uuid', from: `document_version x ${versionOf} where x.org_id = p.org and x.created_by = p.who`,
    row: {
      id: 'x.id', documentId: 'x.document_id', number: 'x.number', fileName: `case when p.own or app.subject_shown(p.org, x.document_id, null, p.principals) then x.file_name end`,
      sha256: 'x.sha256', size: 'x.size', mime: 'x.mime', at: 'x.created_at',
    },
  },
  runs: {
    key: 'x.id', type: 'uuid', from: 'flow_run x where x.org_id = p.org and p.who in (x.requester_id, x.ended_by)',
    row: {
      id: 'x.id', flowId: 'x.flow_id', documentId: 'x.document_id', state: 'x.state', note: written('x.document_id', 'x.note', 'x.requester_id'), createdAt: 'x.created_at',
      endedAt: 'x.ended_at', asked: 'x.requester_id = p.who', ended: 'coalesce(x.ended_by = p.who, false)',
    },
  },
  tasks: {
    key: 'x.id', type: 'uuid', from: `flow_task x ${runOf} where x.org_id = p.org and p.who in (x.assignee_id, x.for_id, x.by_id)`,
    row: {
      id: 'x.id', runId: 'x.run_id', why: 'x.why', state: 'x.state', assigneeId: 'x.assignee_id', forId: 'x.for_id', byId: 'x.by_id', createdAt: 'x.created_at', dueAt: 'x.due_at',
      endedAt: 'x.ended_at', decision: 'x.decision', comment: written('r.document_id', 'x.comment', 'x.assignee_id'), note: written('r.document_id', 'x.note', 'x.by_id'),
    },
  },
  decisions: {
    key: 'x.id', type: 'uuid', from: `flow_decision x ${runOf} where x.org_id = p.org and x.user_id = p.who`,
    row: {
      id: 'x.id', runId: 'x.run_id', taskId: 'x.task_id', verdict: 'x.verdict', comment: written('r.document_id', 'x.comment', 'x.user_id'), secondFactor: 'x.second_factor', by: 'x.actor_kind',
      address: 'x.address', at: 'x.asked_at',
    },
  },
  comments: {
    key: 'x.id', type: 'uuid', from: `flow_comment x ${runOf} where x.org_id = p.org and (x.author_id = p.who or p.who = any (x.mentions))`,
    row: {
      id: 'x.id', runId: 'x.run_id', authorId: 'x.author_id', text: written('r.document_id', 'x.text', 'x.author_id'), mentioned: 'p.who = any (x.mentions)', at: 'x.created_at',
    },
  },
  delegations: {
    key: 'x.id', type: 'uuid', from: 'delegation x where x.org_id = p.org and p.who in (x.from_id, x.to_id)',
    row: {
      id: 'x.id', from: 'x.from_id', to: 'x.to_id', startsAt: 'x.starts_at', endsAt: 'x.ends_at', note: 'case when x.created_by = p.who then x.note end', revokedAt: 'x.revoked_at', at: 'x.created_at',
    },
  },
  flows: {
    key: 'x.id', type: 'uuid', from: 'flow x where x.org_id = p.org and x.created_by = p.who',
    row: { id: 'x.id', name: 'x.name', status: 'x.status', createdAt: 'x.created_at' },
  },
  shares: {
    key: 'x.id', type: 'uuid', from: 'share x where x.org_id = p.org and x.created_by = p.who',
    row: { id: 'x.id', documentId: 'x.document_id', folderId: 'x.folder_id', note: 'x.note', emails: 'x.emails', createdAt: 'x.created_at', expiresAt: 'x.expires_at', revokedAt: 'x.revoked_at' },
  },
  uploadRequests: {
    key: 'x.id', type: 'uuid', from: 'upload_request x where x.org_id = p.org and x.created_by = p.who',
    row: { id: 'x.id', folderId: 'x.folder_id', title: 'x.title', note: 'x.note', createdAt: 'x.created_at', expiresAt: 'x.expires_at', revokedAt: 'x.revoked_at' },
  },
  notifications: {
    key: 'x.id', type: 'uuid', from: 'notification x where x.org_id = p.org and x.user_id = p.who',
    row: { id: 'x.id', kind: 'x.kind', at: 'x.at', readAt: 'x.read_at', documentId: 'x.document_id', folderId: 'x.folder_id', runId: 'x.run_id', taskId: 'x.task_id', mail: 'x.mail' },
  },
  preferences: {
    key: 'x.kind', type: 'text', from: 'notification_preference x where x.org_id = p.org and x.user_id = p.who',
    row: { kind: 'x.kind', live: 'x.live', inbox: 'x.inbox', mail: 'x.mail' },
  },
  rhythm: { key: 'x.digest', type: 'text', from: 'notification_rhythm x where x.org_id = p.org and x.user_id = p.who', row: { digest: 'x.digest' } },
  keys: {
    key: 'x.id', type: 'uuid', from: 'api_key x where x.org_id = p.org and x.user_id = p.who',
    row: {
      id: 'x.id', name: 'x.name', prefix: 'x.prefix', scopes: 'x.scopes', createdAt: 'x.created_at', expiresAt: 'x.expires_at', lastUsedAt: 'x.last_used_at', revokedAt: 'x.revoked_at',
    },
  },
  invitations: {
    key: 'x.id', type: 'uuid', from: 'invitation x where x.org_id = p.org and x.invited_by = p.who',
    row: { id: 'x.id', role: 'x.role', at: 'x.created_at', expiresAt: 'x.expires_at' },
  },
  webhooks: {
    key: 'x.id', type: 'uuid', from: 'webhook_endpoint x where x.org_id = p.org and x.owner_id = p.who',
    row: { id: 'x.id', url: 'x.url', description: 'x.description', state: 'x.state', createdAt: 'x.created_at' },
  },
  searches: {
    key: 'x.id', type: 'uuid', from: 'search_query x where x.org_id = p.org and x.user_id = p.who',
    row: { id: 'x.id', at: 'x.at', mode: 'x.mode', hits: 'x.hits', words: 'case when p.own then x.words end' },
  },
  views: {
    key: 'x.id', type: 'uuid', from: 'search_view x where x.org_id = p.org and x.owner_id = p.who and (p.own or x.shared)',
    row: { id: 'x.id', name: 'x.name', query: 'x.query', filters: 'x.filters', shared: 'x.shared', createdAt: 'x.created_at' },
  },
  invited: {
    key: 'x.id', type: 'uuid', from: 'invitation x where x.org_id = p.org and x.email = p.email',
    row: { id: 'x.id', role: 'x.role', invitedBy: 'x.invited_by', at: 'x.created_at', expiresAt: 'x.expires_at' },
  },
  linksTo: {
    key: 'x.id', type: 'uuid', from: 'share x where x.org_id = p.org and p.email = any (x.emails)',
    row: { id: 'x.id', documentId: 'x.document_id', folderId: 'x.folder_id', createdBy: 'x.created_by', createdAt: 'x.created_at', expiresAt: 'x.expires_at', revokedAt: 'x.revoked_at' },
  },
  visits: {
    key: 'x.id', type: 'uuid', from: 'share_visit x where x.org_id = p.org and x.email = p.email',
    row: { id: 'x.id', shareId: 'x.share_id', address: 'x.address', openedAt: 'x.opened_at', lastAt: 'x.last_at', looks: 'x.looks' },
  },
  looks: {
    key: 'x.id', type: 'bigint', from: 'share_look x join share_visit v on v.org_id = x.org_id and v.id = x.visit_id where x.org_id = p.org and v.email = p.email',
    row: { visitId: 'x.visit_id', documentId: 'x.document_id', version: 'x.version', page: 'x.page', at: 'x.at' },
  },
  sent: {
    key: 'x.id', type: 'uuid', from: 'upload_submission x where x.org_id = p.org and x.sender_email = p.email',
    row: { id: 'x.id', requestId: 'x.request_id', name: 'x.sender_name', email: 'x.sender_email', at: 'x.at', receiptAt: 'x.mailed_at' },
  },
  sentFiles: {
    key: `md5(concat_ws(' ', x.submission_id, x.sha256, x.name))`, type: 'text',
    from: 'upload_file x join upload_submission s on s.org_id = x.org_id and s.id = x.submission_id where x.org_id = p.org and s.sender_email = p.email',
    row: {
      submissionId: 'x.submission_id', documentId: 'x.document_id', name: 'case when p.own or app.subject_shown(p.org, x.document_id, null, p.principals) then x.name end',
      sha256: 'x.sha256', size: 'x.size', at: 'x.at',
    },
  },
  received: {
    key: 'd.id', type: 'uuid', from: `document d where d.org_id = p.org and lower(d.metadata->>'sender_email') = p.email`,
    row: { id: 'd.id', name: named('d.id'), senderName: `d.metadata->>'sender_name'`, senderEmail: `d.metadata->>'sender_email'` },
  },
  audit: {
    key: 'x.id', type: 'bigint',
    from: `audit x where x.org_id = p.org and (x.actor_id = p.who or x.subject_type in ('user', 'member') and x.subject_id = p.who::text)`,
    row: {
      id: 'x.id', at: 'x.at', action: 'x.action', actorId: 'x.actor_id', address: 'x.address', subjectType: 'x.subject_type', subjectId: 'x.subject_id', data: 'x.data',
    },
  },
}

/** Numbers of 64 bits would lose digits as numbers of JSON. */
const asText = new Set(['x.id', 'x.size'])

function statementOf({ key, type, row, from }: Kind): { columns: Prisma.Sql; rest: Prisma.Sql; place: Prisma.Sql } {
  const pairs = Object.entries(row).map(([name, value]) => `'${name}', ${asText.has(value) ? `${value}::text` : value}`)
  return {
    columns: Prisma.raw(`${key}::text as key, jsonb_build_object(${pairs.join(', ')}) as data`), rest: Prisma.raw(`from p, ${from}`),
    place: Prisma.raw(type === 'text' ? `${key} collate "C"` : key),
  }
}
const statements = Object.fromEntries(Object.entries(kinds).map(([kind, it]) => [kind, statementOf(it)])) as Record<PersonalKind, ReturnType<typeof statementOf>>

export const personalRepository: PersonalRepository = {
  async standing(tx, orgId, userId) {
    const [row] = await tx.$queryRaw<{ role: string; status: string; permissions: string[] | null }[]>`
      select m.role, m.status, r.permissions from membership m left join org_role r on r.org_id = m.org_id and r.id = m.role_id
      where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid`
    if (row === undefined) return null
    return { role: memberRole.parse(row.role), status: orgsContract.memberStatus.parse(row.status), permissions: row.permissions === null ? null : known.parse(row.permissions) }
  },
  async memberOf(tx, orgId, email) {
    const [row] = await tx.$queryRaw<{ userId: UserId }[]>`select user_id::text as "userId" from app.member where org_id = ${orgId}::uuid and lower(email) = ${email}`
    return row?.userId ?? null
  },
  list(tx, kind, { actor, userId, email, after, limit }) {
    const { columns, rest, place } = statements[kind]
    const type = Prisma.raw(kinds[kind].type)
    return tx.$queryRaw<PersonalRecord[]>`
      with p as materialized (
        select ${actor.orgId}::uuid as org, ${userId}::uuid as who, ${[...actor.principals]}::text[] as principals, ${actor.userId === userId}::boolean as own,
          coalesce(${email}::text, (select lower(m.email) from app.member m where m.org_id = ${actor.orgId}::uuid and m.user_id = ${userId}::uuid)) as email)
      select ${columns} ${rest} and (${after}::text is null or ${place} > ${after}::text::${type})
      order by ${place} limit ${limit}::int`
  },
}
