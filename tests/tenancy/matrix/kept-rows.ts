import { hashToken, newId } from '@intellidocs/kernel'
import type { Org } from './house.ts'

type Place = { readonly org: Org; readonly id: string; readonly state: string; readonly userId: string | null }

/** Of the caller's, the owner's where they are no member; or of the colleague's. It leads to a document of the owner's. */
export function shareRows({ org, id, state, userId }: Place, documentRows: (place: Place) => string[]): string[] {
  const documentId = newId()
  return [
    ...documentRows({ org, id: documentId, state: 'active', userId: null }),
    `insert into share (id, org_id, document_id, created_by, token_hash, note, emails, download, notify, revoked_at) values ('${id}', '${org.id}', '${documentId}',
      '${state === "another's" ? org.colleagueId : userId ?? org.ownerId}', '${hashToken(newId())}', '', '{}', true, false, ${state === 'revoked' ? 'now()' : 'null'})`,
    `insert into share_visit (id, org_id, share_id, secret_hash, gate, address, opened_at, last_at, expires_at)
      values ('${newId()}', '${org.id}', '${id}', '${hashToken(newId())}', 0, '192.0.2.0/24', now(), now(), now())`,
  ]
}

/** On a tag that nothing carries. */
export const holdRows = ({ org, id, state }: Place): string[] => [
  `insert into retention_hold (id, org_id, name, reason, kind, tag, placed_by, released_by, released_at, release_reason) values ('${id}', '${org.id}', '${org.mark}', '${org.mark}',
    'tag', '${id}', '${org.ownerId}', ${state === 'released' ? `'${org.ownerId}', now(), '${org.mark}'` : 'null, null, null'})`,
]

/** The same of a rule. */
export const ruleRows = ({ org, id }: Place): string[] => [
  `insert into retention_rule (id, org_id, name, kind, tag, since, keep_days, needs_release, set_by, set_at) values ('${id}', '${org.id}', '${org.mark} ${id}', 'tag', '${id}', 'created', 1,
    false, '${org.ownerId}', now())`,
]
