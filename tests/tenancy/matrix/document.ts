import { permissions, rolePermissions, roles, type Permission } from '@intellidocs/contracts'
import { permissionOf } from '@intellidocs/kernel'
import { byteRoutes } from './bytes.ts'
import { ruleOf, type Procedure } from './cases.ts'
import type { Entry } from './entry.ts'
import { rules } from './things.ts'

/** What each permission is for, in a sentence. */
const MEANING: Readonly<Record<Permission, string>> = {
  'documents:read': 'Read the documents of which one is a reader.',
  'documents:create': 'Upload documents and make folders.',
  'documents:edit': 'Change documents and folders at level edit, and share at level manage; without it every level counts as view.',
  'documents:delete': 'Put documents into the trash and take them out; purge at level manage; delete folders.',
  'documents:manage': 'Level manage on every document and open folder that one sees.',
  'search:read': 'Search.',
  'notifications:read': 'Follow live events; read the own inbox.',
  'notifications:manage': 'Mark what is in the own inbox as read; choose what one is told and how.',
  'flows:read': 'See how flows are defined, and the runs on documents that one reads.',
  'flows:start': 'Start flows on documents that one reads, and withdraw what one started.',
  'flows:manage': 'Define, publish and archive flows; reassign tasks and withdraw runs of others.',
  'tasks:decide': 'See the own tasks, decide them and hand them on.',
  'webhooks:manage': 'Make, change and test endpoints of webhooks; read what was delivered.',
  'orgs:read': 'Read the organization.',
  'orgs:manage': 'Rename the organization.',
  'orgs:delete': 'Delete the organization or give it away; in no role but the owner.',
  'members:read': 'See members, groups and roles.',
  'members:manage': 'Invite, suspend, remove and give roles, to those who hold no more than oneself; end the keys of others.',
  'groups:manage': 'Make, rename, fill and delete groups.',
  'roles:manage': 'Make, change and delete roles that hold no more than oneself.',
  'keys:read': 'List the own API keys.',
  'keys:manage': 'Make and end own API keys.',
  'usage:read': 'Read the plans, and what the organization uses of its own.',
  'billing:manage': 'Choose the plan of the organization, pay for it and end it; in no role but the owner.',
  'analytics:read': 'See the figures of the organization; those of flows and of use also want flows:read and usage:read.',
  'analytics:manage': 'Choose the time zone of the figures, and what they keep and show of people and of queries.',
  'audit:read': 'Read the audit and check it.',
  'audit:export': 'Export the audit and sign checkpoints.',
  'retention:read': 'See legal holds, rules of retention and what was deleted by them; be told by name what stands against a deletion.',
  'retention:manage': 'Set rules of retention and the time of the trash; release what rules are to delete.',
  'holds:manage': 'Place and release legal holds.',
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const head = (cells: readonly string[]): string[] => [row(cells), row(cells.map(() => '---'))]

function roleTable(): string[] {
  const lines = permissions.map((permission) =>
    row([`\`${permission}\``, ...roles.map((role) => (rolePermissions[role].includes(permission) ? '●' : '')), MEANING[permission]]))
  return [...head(['Permission', ...roles, 'What for']), ...lines]
}

function whoMay({ meta, entry }: Procedure): string {
  const permission = permissionOf(meta)
  if (permission !== null) return `\`${permission}\``
  if (meta.authz !== undefined && 'public' in meta.authz) return 'anybody'
  if (meta.authz !== undefined && 'platform' in meta.authz) return 'administrators of the installation'
  return entry.inPerson === undefined ? 'signed in' : 'signed in, not by a key'
}

/** What is asked for beyond the permission, each thing once. */
function asked(entry: Entry): string {
  const slots = [entry, ...(entry.also ?? [])].flatMap(({ ids = {} }) => Object.values(ids))
  return [...new Set(slots.map((slot) => rules[ruleOf(slot)].says))].join('; ')
}

const line = (procedure: Procedure): string => row([`\`${procedure.path}\``, whoMay(procedure), asked(procedure.entry), procedure.entry.says])

/** The text of docs/permissions.md. */
export function permissionsDocument(procedures: readonly Procedure[]): string {
  const sorted = procedures.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return [
    '# Who may do what', '',
    'Written by `npm run permissions` from `packages/contracts/src/permissions.ts` and the table in `tests/tenancy/matrix`, by which every procedure is',
    'tried by everybody, on things in every state, of the own organization, of another one and of none. Do not edit it by hand.', '',
    '## Roles', '',
    'A member has one of five roles, or one that the organization made of the same list. An API key holds what of its scopes its owner holds at the time',
    'of the call. Nobody gives more than they hold.', '',
    ...roleTable(), '',
    '## Documents and folders', '',
    'Beside the permission, a document asks for a level: view, edit or manage. Its owner manages it. Members but guests edit what is visible to the',
    'organization and not in a restricted folder; everybody else has what was granted to them, a group of theirs or the organization, on the document or a',
    'folder above it. Who holds `documents:manage` manages what they see. What somebody does not see is answered as what is not there.', '',
    'Moving something to where others have it, or at another level, is sharing it: it asks for manage, and of a folder that nothing below it is kept from',
    'the mover. A restricted folder always has somebody who manages it.', '',
    '## Procedures', '',
    ...head(['Procedure', 'Who', 'And', 'What it does']), ...sorted.map(line), '',
    '## Routes of bytes', '',
    ...head(['Route', 'Who', 'And', 'What it does']), ...byteRoutes.map(line), '',
  ].join('\n')
}
