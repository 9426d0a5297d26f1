import { levels, type DocumentId, type FolderId, type GroupId, type Level, type OrgId, type Principal, type Role, type UserId } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import fc from 'fast-check'
import type pg from 'pg'
import { keepReaders } from '../../../packages/domain/src/modules/documents/readers.repository.ts'
import type { TestModule } from '../../../packages/domain/src/modules/documents/test-module.ts'
import { HOLDING } from '../../../packages/domain/src/modules/users/holdings.ts'
import type { Facts } from './model.ts'

const [USERS, GROUPS, FOLDERS, DOCUMENTS] = [3, 2, 5, 6]
export const MODEL = 'test:access'
/** Each document has it, and one that is its own. */
export const TAG = 'all'
export const tagOf = (document: number): string => `number ${document}`

const visibility = fc.constantFrom('org', 'restricted')
const place = fc.integer({ min: -1, max: FOLDERS - 1 })
const target = fc.oneof(fc.record({ folder: fc.nat(FOLDERS - 1) }), fc.record({ document: fc.nat(DOCUMENTS - 1) }))
const grantee = fc.oneof(fc.record({ user: fc.nat(USERS - 1) }), fc.record({ group: fc.nat(GROUPS - 1) }), fc.record({ org: fc.constant(true) }))
/** -1 is the worker, whom no policy stops. */
const by = fc.integer({ min: -1, max: USERS - 1 })
const change = fc.oneof(
  fc.record({ kind: fc.constant('grant'), by, target, grantee, level: fc.constantFrom(...levels) }),
  fc.record({ kind: fc.constant('revoke'), by, target, grantee }),
  fc.record({ kind: fc.constant('moveDocument'), by, document: fc.nat(DOCUMENTS - 1), to: place }),
  fc.record({ kind: fc.constant('moveFolder'), by, folder: fc.nat(FOLDERS - 1), to: place }),
  fc.record({ kind: fc.constant('setFolder'), by, folder: fc.nat(FOLDERS - 1), visibility }),
  fc.record({ kind: fc.constant('setDocument'), by, document: fc.nat(DOCUMENTS - 1), visibility }),
  fc.record({ kind: fc.constant('join'), user: fc.nat(USERS - 1), group: fc.nat(GROUPS - 1) }),
  fc.record({ kind: fc.constant('leave'), user: fc.nat(USERS - 1), group: fc.nat(GROUPS - 1) }),
)
/** A random organization and what then happens in it. */
export const anyWorld = fc.record({
  roles: fc.array(fc.constantFrom<Role>('owner', 'admin', 'editor', 'viewer', 'guest'), { minLength: USERS, maxLength: USERS }),
  memberships: fc.array(fc.record({ user: fc.nat(USERS - 1), group: fc.nat(GROUPS - 1) }), { maxLength: 4 }),
  folders: fc.array(fc.record({ under: fc.nat(FOLDERS), visibility }), { minLength: FOLDERS, maxLength: FOLDERS }),
  documents: fc.array(fc.record({ owner: fc.nat(USERS - 1), folder: place, visibility }), { minLength: DOCUMENTS, maxLength: DOCUMENTS }),
  grants: fc.array(fc.record({ target, grantee, level: fc.constantFrom(...levels) }), { maxLength: 5 }),
  changes: fc.array(change, { maxLength: 5 }),
})
export type Plan = typeof anyWorld extends fc.Arbitrary<infer P> ? P : never
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never

export type World = {
  readonly orgId: OrgId
  readonly users: readonly UserId[]
  readonly groups: readonly GroupId[]
  readonly folders: readonly FolderId[]
  readonly documents: readonly DocumentId[]
}
const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index]
  if (found === undefined) throw new Error(`nothing at ${index}`)
  return found
}

/** The organization as rows, past all services, each document indexed; the reader rows by the product. */
export async function build(admin: pg.Pool, house: TestModule, plan: Plan): Promise<World> {
  const ids = <T extends string>(count: number): T[] => Array.from({ length: count }, () => newId() as T)
  const world: World = { orgId: newId() as OrgId, users: ids(USERS), groups: ids(GROUPS), folders: ids(FOLDERS), documents: ids(DOCUMENTS) }
  const { orgId, users, groups, folders, documents } = world
  const client = await admin.connect()
  const put = async (table: string, columns: string, rows: readonly (readonly unknown[])[]): Promise<void> => {
    if (rows.length === 0) return
    const values = rows.map((row, r) => `(${row.map((_, c) => `$${r * row.length + c + 1}`).join(', ')})`).join(', ')
    await client.query(`insert into ${table} (${columns}) values ${values} on conflict do nothing`, rows.flat())
  }
  await client.query('begin')
  await put('org', 'id, name, slug', [[orgId, 'Any', `any-${orgId}`]])
  await put('user_account', 'id, email, name, password_hash', users.map((id) => [id, `${id}@example.test`, 'Any', 'x']))
  await put('membership', 'org_id, user_id, role', users.map((id, n) => [orgId, id, at(plan.roles, n)]))
  await put('org_group', 'id, org_id, name', groups.map((id, n) => [id, orgId, `g${n}`]))
  await put('group_member', 'org_id, group_id, user_id', plan.memberships.map(({ user, group }) => [orgId, at(groups, group), at(users, user)]))
  // One at a time: a folder's path is made from that of the one above it. Each lies under one of those before it, or at the top.
  for (const [n, { under, visibility: seen }] of plan.folders.entries()) {
    await put('folder', 'id, org_id, parent_id, name, visibility, created_by', [[at(folders, n), orgId, under < n ? at(folders, under) : null, `f${n}`, seen, at(users, 0)]])
  }
  const versions = documents.map(() => newId())
  await put('document', 'id, org_id, folder_id, owner_id, name, visibility, current_version_id, published_version_id, tags', plan.documents.map((d, n) =>
    [at(documents, n), orgId, d.folder < 0 ? null : at(folders, d.folder), at(users, d.owner), `d${n}`, d.visibility, at(versions, n), at(versions, n), [TAG, tagOf(n)]]))
  await put('document_version', 'id, org_id, document_id, number, file_name, sha256, size, state, created_by', documents.map((id, n) =>
    [at(versions, n), orgId, id, 1, 'x', 'a'.repeat(64), 1, 'ready', at(users, 0)]))
  await client.query(`
    with p as (insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text)
      select org_id, id, current_version_id, 10000, 1, 0, 4, 'word' from document where org_id = $1 returning id, document_id, version_id)
    insert into passage_vector (org_id, passage_id, document_id, version_id, model, in_language, dimensions, embedding)
    select $1, id, document_id, version_id, $2, true, 384, (array_prepend(1, array_prepend(random(), array_fill(0, array[382]))))::vector::halfvec from p`, [orgId, MODEL])
  await put('access_grant', 'id, org_id, folder_id, document_id, principal, level, granted_by', plan.grants.map((grant) => {
    const on = targetOf(world, grant.target)
    return [newId(), orgId, on.folderId ?? null, on.documentId ?? null, textOf(world, grant.grantee), grant.level, at(users, 0)]
  }))
  await client.query('commit')
  client.release()
  await house.deps.runInTx(systemActor(orgId, 'world'), (tx) => keepReaders(tx, orgId, documents))
  return world
}

type Target = { folder: number } | { document: number }
type Grantee = { user: number } | { group: number } | { org: boolean }
const targetOf = (world: World, on: Target): { folderId?: FolderId; documentId?: DocumentId } =>
  ('folder' in on ? { folderId: at(world.folders, on.folder) } : { documentId: at(world.documents, on.document) })
function principalOf(world: World, to: Grantee): Principal {
  if ('user' in to) return { user: at(world.users, to.user) }
  return 'group' in to ? { group: at(world.groups, to.group) } : { org: true }
}
function textOf(world: World, to: Grantee): string {
  if ('user' in to) return `user:${at(world.users, to.user)}`
  return 'group' in to ? `group:${at(world.groups, to.group)}` : `org:${world.orgId}`
}

/** Everybody as the next request would find them. */
export async function actorsOf(admin: pg.Pool, { orgId, users }: World): Promise<Actor[]> {
  const { rows } = await admin.query<{ id: UserId; role: Role; principals: string }>(`
    select u.id, ${HOLDING} from membership m join org o on o.id = m.org_id join user_account u on u.id = m.user_id where m.org_id = $1`, [orgId])
  const found = new Map(rows.map((row) => [row.id, row]))
  return users.map((id) => {
    const row = found.get(id)
    if (row === undefined) throw new Error('a member is missing')
    return { ...testActor(orgId, id, row.role), principals: row.principals.split(',') }
  })
}

/** Who changes something; undefined: the worker. */
export const moverOf = (world: World, what: Change): UserId | undefined => ('by' in what ? world.users[what.by] : undefined)

/** One change through the product, by whom it may be refused; whether it happened. Groups are rows: they are another module's. */
export async function happen(admin: pg.Pool, house: TestModule, { world, change: what }: { world: World; change: Change }): Promise<boolean> {
  if (what.kind === 'join' || what.kind === 'leave') {
    const { user, group } = what as { user: number; group: number }
    const values = [world.orgId, at(world.groups, group), at(world.users, user)]
    await admin.query(what.kind === 'join' ? 'insert into group_member (org_id, group_id, user_id) values ($1, $2, $3) on conflict do nothing'
      : 'delete from group_member where org_id = $1 and group_id = $2 and user_id = $3', values)
    return true
  }
  const { by: who } = what as { by: number }
  const actor = who < 0 ? systemActor(world.orgId, 'world') : at(await actorsOf(admin, world), who)
  try {
    await act(house, { world, actor, change: what })
    return true
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal') return false
    throw error
  }
}

async function act(house: TestModule, { world, actor, change: what }: { world: World; actor: Actor; change: Change }): Promise<void> {
  const { kind } = what
  const given = what as unknown as { target: Target; grantee: Grantee; level: Level; document: number; folder: number; to: number; visibility: 'org' | 'restricted' }
  const to = given.to < 0 ? null : world.folders[given.to] ?? null
  if (kind === 'grant') await house.grants.set(actor, { ...targetOf(world, given.target), principal: principalOf(world, given.grantee), level: given.level })
  if (kind === 'revoke') await house.grants.remove(actor, { ...targetOf(world, given.target), principal: principalOf(world, given.grantee) })
  if (kind === 'moveDocument') await house.move(actor, { id: at(world.documents, given.document), folderId: to })
  if (kind === 'moveFolder') await house.folders.move(actor, { id: at(world.folders, given.folder), parentId: to })
  if (kind === 'setFolder') await house.folders.setVisibility(actor, { id: at(world.folders, given.folder), visibility: given.visibility })
  if (kind === 'setDocument') await house.update(actor, { id: at(world.documents, given.document), visibility: given.visibility })
}

/** What the reference model needs, from the tables that hold facts. */
export async function factsOf(admin: pg.Pool, { orgId }: World): Promise<Facts> {
  const { rows } = await admin.query<{ facts: Facts }>(`
    select jsonb_build_object(
      'users', (select jsonb_agg(jsonb_build_object('id', m.user_id, 'role', m.role, 'groups', array(
        select g.group_id from group_member g where g.org_id = m.org_id and g.user_id = m.user_id))) from membership m where m.org_id = $1),
      'folders', (select jsonb_agg(jsonb_build_object('id', id, 'parentId', parent_id, 'visibility', visibility)) from folder where org_id = $1),
      'documents', (select jsonb_agg(jsonb_build_object('id', id, 'ownerId', owner_id, 'folderId', folder_id, 'visibility', visibility)) from document where org_id = $1),
      'grants', coalesce((select jsonb_agg(jsonb_build_object('folderId', folder_id, 'documentId', document_id, 'principal', principal, 'level', level))
        from access_grant where org_id = $1), '[]')) as facts`, [orgId])
  const [row] = rows
  if (row === undefined) throw new Error('no facts')
  return row.facts
}
