import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { Key } from './links.repository.ts'

/** So many guesses at one code; then another is asked for. */
const MOST_TRIES = 5

type Shown = { readonly email: string; readonly codeHash: string; readonly now: Date }

export const codesRepository = {
  /** Tenant unit; takes the place of the one before. */
  async put(tx: Tx, { orgId, id }: Key, { email, codeHash, expiresAt }: { email: string; codeHash: string; expiresAt: Date }): Promise<void> {
    await tx.$executeRaw`
      insert into share_code (org_id, share_id, email, code_hash, expires_at) values (${orgId}::uuid, ${id}::uuid, ${email}, ${codeHash}, ${expiresAt}::timestamptz)
      on conflict (org_id, share_id, email) do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at, tries = 0`
  },
  /**
   * Tenant unit: one of any number of callers gets it. Each try is counted, and the row held by that, before anything is compared: of guesses made at once no
   * more are looked at than of those made in turn. Commit it also when it was wrong.
   */
  async spend(tx: Tx, { orgId, id }: Key, { email, codeHash, now }: Shown): Promise<boolean> {
    const tried = await tx.$executeRaw`
      update share_code set tries = tries + 1
      where org_id = ${orgId}::uuid and share_id = ${id}::uuid and email = ${email} and tries < ${MOST_TRIES}::int and expires_at > ${now}::timestamptz`
    if (tried !== 1) return false
    return await tx.$executeRaw`
      delete from share_code where org_id = ${orgId}::uuid and share_id = ${id}::uuid and email = ${email} and code_hash = ${codeHash}` === 1
  },
  /** Tenant unit: all codes that were sent to an address. Answers how many. */
  forget: (tx: Tx, orgId: OrgId, email: string): Promise<number> => tx.$executeRaw`delete from share_code where org_id = ${orgId}::uuid and email = ${email}`,
  /** As the system: those that ran out, of all organizations. */
  removeExpired: (tx: Tx): Promise<number> => tx.$executeRaw`delete from share_code where expires_at < now()`,
}
export type CodesRepository = typeof codesRepository
