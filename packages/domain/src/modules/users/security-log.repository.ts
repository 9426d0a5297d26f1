import { usersContract, type Locale, type UserId } from '@intellidocs/contracts'
import type { Prisma } from '@intellidocs/db'
import { newId, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'

export type SecurityKind = usersContract.SecurityKind
/** `userId` null: an attempt on an address that has no account. */
export type NewEntry = { userId: UserId | null; kind: SecurityKind; address: string | null; device: string | null; data?: Prisma.InputJsonObject }
export type Entry = { id: string; kind: SecurityKind; at: Date; address: string | null; device: string | null; data: Record<string, unknown> }
/** Of a kind, in the day that it is (UTC), this one counted; `fromAddress` null: no more addresses are told apart for this account today. */
type Refusals = { readonly inAll: number; readonly fromAddress: number | null }
export type Recipient = { email: string; name: string; locale: Locale }

/** What happened to accounts; rows are added and read, never changed. */
export type SecurityLogRepository = {
  /** Identity unit, or an admin unit. */
  write(tx: Tx, entry: NewEntry): Promise<void>
  /** Identity unit: counts a refusal. Others of the same account wait until the unit ends. An address without an account costs the same. */
  countRefusal(tx: Tx, refusal: Pick<NewEntry, 'userId' | 'kind'> & { address: string; toldApart: number }): Promise<Refusals>
  /** Tenant unit: of a member of the organization that is set. Answers whom to write to; null when they are no member. */
  writeOfMember(tx: Tx, entry: NewEntry & { userId: UserId }): Promise<Recipient | null>
  /** Identity unit: newest first; one row more than `limit` tells of a next page. */
  list(tx: Tx, userId: UserId, page: { limit: number; before: string | null }): Promise<Entry[]>
  /** Identity unit: was somebody signed in before, and from this device? */
  signIns(tx: Tx, userId: UserId, device: string): Promise<{ any: boolean; fromDevice: boolean }>
}

const data = z.record(z.string(), z.unknown())

export const securityLogRepository: SecurityLogRepository = {
  async write(tx, { userId, kind, address, device, data: details = {} }) {
    // Not one by one, whose `returning` wants the right to read: an admin unit may write the log and not read it.
    await tx.securityLogEntry.createMany({ data: [{ id: newId(), userId, kind, address, device, data: details }] })
  },
  async countRefusal(tx, { userId, kind, address, toldApart }) {
    const about = userId ?? address
    const [row] = await tx.$queryRaw<Refusals[]>`
      with today as (select (now() at time zone 'UTC')::date as day),
      gone as (
        delete from refusal_count where (about, kind, day, address) in (
          select about, kind, day, address from refusal_count where day < (select day from today) order by day limit 20 for update skip locked)
      ), in_all as (
        insert into refusal_count as c (about, kind, day, address, refusals) select ${about}::text, ${kind}::text, day, '*', 1 from today
        on conflict (about, kind, day, address) do update set refusals = c.refusals + 1 returning refusals
      ), from_address as (
        insert into refusal_count as c (about, kind, day, address, refusals)
        select ${about}::text, ${kind}::text, today.day, ${`at ${address}`}::text, 1 from today, in_all where in_all.refusals <= ${toldApart}::int
        on conflict (about, kind, day, address) do update set refusals = c.refusals + 1 returning refusals
      )
      select (select refusals from in_all) as "inAll", (select refusals from from_address) as "fromAddress"`
    if (row === undefined) throw new Error('a refusal was not counted')
    return row
  },
  async writeOfMember(tx, { userId, kind, address, device, data: details = {} }) {
    const [recipient] = await tx.$queryRaw<Recipient[]>`
      select email, name, locale
      from app.note_security(${newId()}::uuid, ${userId}::uuid, ${kind}::text, ${address}::text, ${device}::text, ${JSON.stringify(details)}::jsonb)`
    return recipient ?? null
  },
  async list(tx, userId, { limit, before }) {
    const rows = await tx.securityLogEntry.findMany({
      where: { userId, ...(before === null ? {} : { id: { lt: before } }) },
      select: { id: true, kind: true, at: true, address: true, device: true, data: true },
      orderBy: { id: 'desc' }, take: limit + 1,
    })
    return rows.map((row) => ({ ...row, kind: usersContract.securityKind.parse(row.kind), data: data.parse(row.data) }))
  },
  async signIns(tx, userId, device) {
    const [row] = await tx.$queryRaw<{ any: boolean; fromDevice: boolean }[]>`
      select exists (select from security_log where user_id = ${userId}::uuid and kind = 'signed-in') as "any",
             exists (select from security_log where user_id = ${userId}::uuid and kind = 'signed-in' and device = ${device}) as "fromDevice"`
    return row ?? { any: false, fromDevice: false }
  },
}
