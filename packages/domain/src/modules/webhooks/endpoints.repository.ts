import { webhookEventTypes, type OrgId, type PauseReason, type UserId, type WebhookEndpointId, type WebhookEventType } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'

export type StoredEndpoint = {
  id: WebhookEndpointId; ownerId: UserId; url: string; description: string; events: WebhookEventType[] | null; state: 'active' | 'paused'
  pausedWhy: PauseReason | null; pausedAt: Date | null; failures: number; failingSince: Date | null; restUntil: Date | null
  oldSecretUntil: Date | null; createdAt: Date
}
export type NewEndpoint = Pick<StoredEndpoint, 'id' | 'ownerId' | 'url' | 'description' | 'events'> & { secret: Uint8Array<ArrayBuffer> }
/** What somebody may change. */
export type Settings = Pick<StoredEndpoint, 'ownerId' | 'url' | 'description' | 'events' | 'state'>
export type Key = { readonly orgId: OrgId; readonly id: WebhookEndpointId }

type Row = Omit<StoredEndpoint, 'events'> & { events: string[] | null }
const COLUMNS = Prisma.raw(`id::text, owner_id::text as "ownerId", url, description, events, state, paused_why as "pausedWhy", paused_at as "pausedAt", failures,
  failing_since as "failingSince", rest_until as "restUntil", old_secret_until as "oldSecretUntil", created_at as "createdAt"`)
/** A type that a later version does not know any more is passed over. */
const toEndpoint = (row: Row): StoredEndpoint => ({
  ...row, events: row.events === null ? null : webhookEventTypes.filter((type) => row.events?.includes(type)),
})
const first = (rows: Row[]): StoredEndpoint | null => (rows[0] === undefined ? null : toEndpoint(rows[0]))

/** Endpoints of the organization that is set; one that was deleted is none any more. Every method runs in a tenant unit. */
export const endpointsRepository = {
  async insert(tx: Tx, orgId: OrgId, { id, ownerId, url, description, events, secret }: NewEndpoint): Promise<StoredEndpoint> {
    const stored = first(await tx.$queryRaw<Row[]>`
      insert into webhook_endpoint (id, org_id, owner_id, url, description, events, secret)
      values (${id}::uuid, ${orgId}::uuid, ${ownerId}::uuid, ${url}, ${description}, ${events === null ? null : [...events]}::text[], ${secret}::bytea)
      returning ${COLUMNS}`)
    if (stored === null) throw new Error('an endpoint was not written')
    return stored
  },
  /** Nobody makes another one until the unit ends. */
  async countLocked(tx: Tx, orgId: OrgId): Promise<number> {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('intellidocs.webhooks.' || ${orgId}, 0))::text`
    const [row] = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from webhook_endpoint where org_id = ${orgId}::uuid and deleted_at is null`
    return row?.n ?? 0
  },
  /** Newest first. */
  async list(tx: Tx, orgId: OrgId, { limit, after }: Window): Promise<(StoredEndpoint & { position: Position })[]> {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select ${COLUMNS}, created_at::text as at from webhook_endpoint
      where org_id = ${orgId}::uuid and deleted_at is null
        and (${after?.at ?? null}::timestamptz is null or (created_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by created_at desc, id desc limit ${limit + 1}::int`
    return rows.map(({ at, ...row }) => ({ ...toEndpoint(row), position: { at, id: row.id } }))
  },
  async find(tx: Tx, { orgId, id }: Key): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`select ${COLUMNS} from webhook_endpoint where org_id = ${orgId}::uuid and id = ${id}::uuid and deleted_at is null`)
  },
  /** Held until the unit ends, against all who change it and all who note deliveries for it. */
  async lock(tx: Tx, { orgId, id }: Key): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`select ${COLUMNS} from webhook_endpoint where org_id = ${orgId}::uuid and id = ${id}::uuid and deleted_at is null for update`)
  },
  /** The locked endpoint. One that is resumed, or pointed elsewhere, begins anew. */
  async change(tx: Tx, { orgId, id }: Key, { ownerId, url, description, events, state, anew }: Settings & { anew: boolean }): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`
      update webhook_endpoint set owner_id = ${ownerId}::uuid, url = ${url}, description = ${description}, events = ${events === null ? null : [...events]}::text[],
        state = ${state}, paused_why = case when ${state} = 'paused' then coalesce(paused_why, 'asked') end,
        paused_at = case when ${state} = 'paused' then coalesce(paused_at, now()) end,
        failures = case when ${anew}::boolean then 0 else failures end, failing_since = case when ${anew}::boolean then null else failing_since end,
        rest_until = case when ${anew}::boolean then null else rest_until end
      where org_id = ${orgId}::uuid and id = ${id}::uuid returning ${COLUMNS}`)
  },
  /** Null unless it was active. */
  async pause(tx: Tx, { orgId, id }: Key, why: PauseReason): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`
      update webhook_endpoint set state = 'paused', paused_why = ${why}, paused_at = now()
      where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'active' returning ${COLUMNS}`)
  },
  /** Its run looks after it; null for one that is not there. */
  async wake(tx: Tx, { orgId, id }: Key): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`update webhook_endpoint set asleep = false where org_id = ${orgId}::uuid and id = ${id}::uuid and deleted_at is null returning ${COLUMNS}`)
  },
  async sleep(tx: Tx, { orgId, id }: Key): Promise<void> {
    await tx.$executeRaw`update webhook_endpoint set asleep = true where org_id = ${orgId}::uuid and id = ${id}::uuid`
  },
  async noteSuccess(tx: Tx, { orgId, id }: Key): Promise<void> {
    await tx.$executeRaw`update webhook_endpoint set failures = 0, failing_since = null, rest_until = null where org_id = ${orgId}::uuid and id = ${id}::uuid`
  },
  async noteFailure(tx: Tx, { orgId, id }: Key, of: Pick<StoredEndpoint, 'failures' | 'failingSince' | 'restUntil'>): Promise<void> {
    await tx.$executeRaw`
      update webhook_endpoint set failures = ${of.failures}::int, failing_since = ${of.failingSince}::timestamptz, rest_until = ${of.restUntil}::timestamptz
      where org_id = ${orgId}::uuid and id = ${id}::uuid`
  },
  /** Somebody asks for something now. */
  async endRest(tx: Tx, { orgId, id }: Key): Promise<void> {
    await tx.$executeRaw`update webhook_endpoint set rest_until = null where org_id = ${orgId}::uuid and id = ${id}::uuid`
  },
  /** The secret that was goes on until then beside the new one. */
  async rotate(tx: Tx, { orgId, id }: Key, { secret, until }: { secret: Uint8Array<ArrayBuffer>; until: Date }): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`
      update webhook_endpoint set old_secret = secret, old_secret_until = ${until}::timestamptz, secret = ${secret}::bytea
      where org_id = ${orgId}::uuid and id = ${id}::uuid and deleted_at is null returning ${COLUMNS}`)
  },
  /** Sealed, by id. */
  secrets(tx: Tx, orgId: OrgId, { after, limit }: { after: string | null; limit: number }): Promise<{ id: WebhookEndpointId; secret: Uint8Array; oldSecret: Uint8Array | null }[]> {
    return tx.$queryRaw`
      select id::text, secret, old_secret as "oldSecret" from webhook_endpoint
      where org_id = ${orgId}::uuid and (${after}::uuid is null or id > ${after}::uuid) order by id limit ${limit}::int`
  },
  /** The present secret or the one before it, unless it was rotated meanwhile. */
  async reseal(tx: Tx, { orgId, id }: Key, { was, secret }: { was: Uint8Array; secret: Uint8Array<ArrayBuffer> }): Promise<void> {
    await tx.$executeRaw`
      update webhook_endpoint set secret = case when secret = ${was}::bytea then ${secret}::bytea else secret end,
        old_secret = case when old_secret = ${was}::bytea then ${secret}::bytea else old_secret end
      where org_id = ${orgId}::uuid and id = ${id}::uuid and (secret = ${was}::bytea or old_secret = ${was}::bytea)`
  },
  /** It is gone from now on; its rows go with `overdueRepository.removeDeleted`. */
  async remove(tx: Tx, { orgId, id }: Key): Promise<StoredEndpoint | null> {
    return first(await tx.$queryRaw<Row[]>`
      update webhook_endpoint set deleted_at = now(), state = 'paused', paused_why = coalesce(paused_why, 'asked'), paused_at = coalesce(paused_at, now())
      where org_id = ${orgId}::uuid and id = ${id}::uuid and deleted_at is null returning ${COLUMNS}`)
  },
  /** The active ones that somebody owns, held in the order in which those who note deliveries hold them. */
  async ownedBy(tx: Tx, { orgId, userId }: { orgId: OrgId; userId: UserId }): Promise<WebhookEndpointId[]> {
    const rows = await tx.$queryRaw<{ id: WebhookEndpointId }[]>`
      select id::text from webhook_endpoint where org_id = ${orgId}::uuid and owner_id = ${userId}::uuid and state = 'active' order by id for update`
    return rows.map(({ id }) => id)
  },
  /** Whether the organization that is set is one at work: what happens in one that is being deleted may be taken back. */
  async orgIsActive(tx: Tx, orgId: OrgId): Promise<boolean> {
    return (await tx.$queryRaw<unknown[]>`select from org where id = ${orgId}::uuid and status = 'active'`).length === 1
  },
}
export type EndpointsRepository = typeof endpointsRepository
