import { apiKeyId, memberRole, type ApiKeyId, type MemberRole, type OrgId, type Permission, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import { HOLDING, holdingRow, known, toHolding, type Holding } from './holdings.ts'

export type StoredKey = {
  id: ApiKeyId; userId: UserId; name: string; prefix: string; scopes: Permission[]
  createdAt: Date; expiresAt: Date | null; lastUsedAt: Date | null; revokedAt: Date | null
}
export type NewKey = {
  id: string; orgId: string; userId: string; name: string; prefix: string; secretHash: string; scopes: Permission[]; createdAt: Date; expiresAt: Date | null
}
/** A key with everything that decides whether it opens anything. `holding` is null unless account, membership and organization are active. */
export type PresentedKey = {
  id: ApiKeyId; userId: UserId; orgId: OrgId; orgSlug: string; secretHash: string; scopes: Permission[]; holding: Holding | null
  expiresAt: Date | null; revokedAt: Date | null
}

export type KeyOwner = { readonly orgId: OrgId; readonly userId: UserId }

export type ApiKeysRepository = {
  /** Tenant unit. One row more than `limit` tells that there is a next page. */
  list(tx: Tx, of: KeyOwner, page: Window): Promise<(StoredKey & { position: Position })[]>
  /** Tenant unit. */
  insert(tx: Tx, key: NewKey): Promise<StoredKey>
  /** Tenant unit; with the role that its owner has now. */
  find(tx: Tx, orgId: OrgId, id: string): Promise<(StoredKey & { ownerRole: MemberRole }) | null>
  /** Tenant unit; null when it was revoked before. */
  revoke(tx: Tx, key: { orgId: OrgId; id: string }, at: Date): Promise<StoredKey | null>
  /** Tenant unit: what the organization that is set is called. */
  orgName(tx: Tx, orgId: OrgId): Promise<string>
  /** Identity unit. */
  findByPrefix(tx: Tx, prefix: string): Promise<PresentedKey | null>
  /** Identity unit; writes at most once a minute for a key. */
  touch(tx: Tx, id: string, at: Date): Promise<void>
}

const columns = {
  id: true, userId: true, name: true, prefix: true, scopes: true, createdAt: true, expiresAt: true, lastUsedAt: true, revokedAt: true,
} as const
type Row = Omit<StoredKey, 'id' | 'userId' | 'scopes'> & { id: string; userId: string; scopes: string[] }
const toKey = (row: Row): StoredKey => ({ ...row, id: apiKeyId.parse(row.id), userId: row.userId as UserId, scopes: known.parse(row.scopes) })

async function list(tx: Tx, of: KeyOwner, { limit, after }: Window): Promise<(StoredKey & { position: Position })[]> {
  const rows = await tx.$queryRaw<(Row & { at: string })[]>`
    select id::text, user_id::text as "userId", name, prefix, scopes, created_at as "createdAt", expires_at as "expiresAt",
           last_used_at as "lastUsedAt", revoked_at as "revokedAt", created_at::text as at
    from api_key
    where org_id = ${of.orgId}::uuid and user_id = ${of.userId}::uuid
      and (${after === null}::boolean or (created_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, id desc
    limit ${limit + 1}::int`
  return rows.map(({ at, ...row }) => ({ ...toKey(row), position: { at, id: row.id } }))
}

async function findByPrefix(tx: Tx, prefix: string): Promise<PresentedKey | null> {
  type Presented = Omit<PresentedKey, 'scopes' | 'holding'> & { scopes: string[]; active: boolean } & Record<'role' | 'permissions' | 'principals', unknown>
  const [row] = await tx.$queryRaw<Presented[]>`
    select k.id::text, k.user_id::text as "userId", k.org_id::text as "orgId", o.slug as "orgSlug", k.secret_hash as "secretHash", k.scopes,
           u.status = 'active' and m.status = 'active' and o.status = 'active' as active, ${Prisma.raw(HOLDING)},
           k.expires_at as "expiresAt", k.revoked_at as "revokedAt"
    from api_key k
    join membership m on m.org_id = k.org_id and m.user_id = k.user_id
    join user_account u on u.id = k.user_id
    join org o on o.id = k.org_id
    where k.prefix = ${prefix}`
  if (row === undefined) return null
  const { scopes, active, role, permissions, principals, ...key } = row
  return { ...key, scopes: known.parse(scopes), holding: active ? toHolding(holdingRow.parse({ role, permissions, principals })) : null }
}

export const apiKeysRepository: ApiKeysRepository = {
  list,
  findByPrefix,
  async insert(tx, { id, orgId, userId, name, prefix, secretHash, scopes, createdAt, expiresAt }) {
    return toKey(await tx.apiKey.create({ data: { id, orgId, userId, name, prefix, secretHash, scopes, createdAt, expiresAt }, select: columns }))
  },
  async find(tx, orgId, id) {
    const row = await tx.apiKey.findFirst({ where: { orgId, id }, select: { ...columns, membership: { select: { role: true } } } })
    if (row === null) return null
    const { membership, ...key } = row
    return { ...toKey(key), ownerRole: memberRole.parse(membership.role) }
  },
  async revoke(tx, { orgId, id }, at) {
    const [row] = await tx.apiKey.updateManyAndReturn({ where: { orgId, id, revokedAt: null }, data: { revokedAt: at }, select: columns })
    return row === undefined ? null : toKey(row)
  },
  async orgName(tx, orgId) {
    return (await tx.org.findUniqueOrThrow({ where: { id: orgId }, select: { name: true } })).name
  },
  async touch(tx, id, at) {
    await tx.$executeRaw`
      update api_key set last_used_at = ${at}::timestamptz
      where id = ${id}::uuid and (last_used_at is null or last_used_at < ${at}::timestamptz - interval '1 minute')`
  },
}
