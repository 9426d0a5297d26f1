import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type SealedMail = { readonly id: string; readonly sealed: Uint8Array<ArrayBuffer> }

export const mailRepository = {
  /** Tenant unit of its organization, or identity unit for the installation's own. */
  async insert(tx: Tx, orgId: OrgId, mails: readonly SealedMail[]): Promise<void> {
    // Not through the model, whose `returning` wants the right to read: an identity unit may write mail and not read it.
    await tx.$executeRaw`
      insert into mail_message (id, org_id, sealed)
      select id::uuid, ${orgId}::uuid, decode(sealed, 'base64')
      from unnest(${mails.map(({ id }) => id)}::text[], ${mails.map(({ sealed }) => Buffer.from(sealed).toString('base64'))}::text[]) as x (id, sealed)`
  },
  /** Tenant unit. Null for what was sent. */
  async find(tx: Tx, id: string): Promise<Uint8Array | null> {
    const row = await tx.mailMessage.findUnique({ where: { id }, select: { sealed: true } })
    return row?.sealed ?? null
  },
  /** Tenant unit. A second call finds nothing to remove, which is fine. */
  async remove(tx: Tx, id: string): Promise<void> {
    await tx.$executeRaw`delete from mail_message where id = ${id}::uuid`
  },
  /** System unit. Deliveries that the relay gave up, of events before that moment. */
  async removeParked(tx: Tx, { subscribers, before }: { subscribers: readonly string[]; before: Date }): Promise<void> {
    await tx.$executeRaw`
      delete from delivery d using event e
      where d.subscriber = any (${[...subscribers]}::text[]) and d.state = 'parked' and e.org_id = d.org_id and e.id = d.event_id and e.at < ${before}::timestamptz`
  },
  /** System unit. Answers how many. */
  removeOlderThan: (tx: Tx, before: Date): Promise<number> => tx.$executeRaw`delete from mail_message where created_at < ${before}::timestamptz`,
}
export type MailRepository = typeof mailRepository
