import type { StoredRow } from '@intellidocs/audit'

/** https://schema.ocsf.io/1.4.0: the version whose fields are filled in here. */
const OCSF_VERSION = '1.4.0'
const SUCCESS = { status_id: 1, status: 'Success' } as const
const INFORMATIONAL = { severity_id: 1, severity: 'Informational' } as const

const IAM = { uid: 3, name: 'Identity & Access Management' }
const APPLICATION = { uid: 6, name: 'Application Activity' }
const classes = {
  account: { uid: 3001, name: 'Account Change', category: IAM },
  authentication: { uid: 3002, name: 'Authentication', category: IAM },
  entity: { uid: 3004, name: 'Entity Management', category: IAM },
  api: { uid: 6003, name: 'API Activity', category: APPLICATION },
} as const
type Class = keyof typeof classes

const OTHER = 99
/** The first that fits says what an action is. A class's activities have their own numbers. */
const kinds: readonly (readonly [RegExp, Class, number])[] = [
  [/^users\.sign(ed)?-?in/i, 'authentication', 1],
  [/^users\.(sessions?-revoked|sign(ed)?-?out)/i, 'authentication', 2],
  [/^users\.(api-key-created|signed-up|created)/, 'account', 1],
  [/^users\.password-changed/, 'account', 3],
  [/^users\.(api-key-revoked|deleted)/, 'account', 6],
  [/^users\./, 'account', OTHER],
  [/^orgs\.member-(joined|added)/, 'account', 1],
  [/^orgs\.member-resumed/, 'account', 2],
  [/^orgs\.member-suspended/, 'account', 5],
  [/^orgs\.member-removed/, 'account', 6],
  [/^orgs\.(member-role-set|ownership-transferred)/, 'account', 7],
  [/^(search\.(query|ask)|audit\.export|runs\.certificate|documents\.(download|pages))$/, 'api', 2],
  [/^audit\.checkpoint$/, 'api', 1],
  [/-(created|added)\.v\d+$|\.(created|uploaded)\.v\d+$/, 'entity', 1],
  [/-(deleted|removed|revoked)\.v\d+$|\.(deleted|purged|trashed)\.v\d+$/, 'entity', 4],
  [/./, 'entity', 3],
]

function kindOf(action: string): readonly [Class, number] {
  const [, kind, activity] = kinds.find(([pattern]) => pattern.test(action)) ?? [null, 'entity', 3] as const
  return [kind, activity]
}

/** One row as an event of the Open Cybersecurity Schema Framework; what the schema has no place for stands under `unmapped`. */
export function toOcsf(row: StoredRow): Record<string, unknown> {
  const [kind, activity] = kindOf(row.action)
  const { uid, name, category } = classes[kind]
  const actor = { user: { uid: row.actorId, type: row.actorKind, type_id: row.actorKind === 'system' ? 3 : 1 },
    ...(row.sessionId === null ? {} : { session: { uid: row.sessionId } }) }
  const subject = { type: row.subjectType, ...(row.subjectId === null ? { name: row.subjectType } : { uid: row.subjectId }) }
  return {
    activity_id: activity, category_uid: category.uid, category_name: category.name, class_uid: uid, class_name: name, type_uid: uid * 100 + activity,
    ...INFORMATIONAL, ...SUCCESS, time: Date.parse(row.at), message: row.action, actor,
    metadata: {
      version: OCSF_VERSION, uid: `${row.org}:${row.seq}`, event_code: row.action, sequence: row.seq, original_time: row.at, tenant_uid: row.org,
      ...(row.requestId === null ? {} : { correlation_uid: row.requestId }),
      product: { name: 'IntelliDocs', vendor_name: 'IntelliDocs' },
    },
    ...particularsOf(kind, row, subject),
    unmapped: { org: row.org, api_key: row.keyId, subject, data: JSON.parse(row.dataText) as unknown },
  }
}

type Subject = { readonly type: string; readonly uid?: string; readonly name?: string }

function particularsOf(kind: Class, row: StoredRow, subject: Subject): Record<string, unknown> {
  const from = { src_endpoint: row.address === null ? { name: row.actorKind } : { ip: row.address } }
  // The account that is acted on; an API key stands for the account that made it.
  const user = { uid: row.subjectType === 'user' || row.subjectType === 'member' ? row.subjectId ?? row.actorId : row.actorId }
  if (kind === 'api') return { api: { operation: row.action, ...(row.requestId === null ? {} : { request: { uid: row.requestId } }) }, resources: [subject], ...from }
  if (kind === 'authentication') return { user, service: { name: 'IntelliDocs' }, ...from }
  return kind === 'account' ? { user, ...from } : { entity: subject, ...from }
}
