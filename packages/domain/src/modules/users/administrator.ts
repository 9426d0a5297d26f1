import { randomBytes } from 'node:crypto'
import { newId, type Clock, type RunAsIdentity } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import type { Passwords } from './password.ts'
import type { UsersRepository } from './users.repository.ts'

export type NewAdministrator = {
  userId: UserId
  email: string
  password: string
  generated: boolean
  /** Makes `password` the one that counts. Called by the one process whose organization was written: another may have started at the same moment. */
  settle(): Promise<void>
}

/**
 * The first account of an installation, `platformAdmin`. Null when somebody is there already. While no organization exists an
 * administrator of the same address is written again, so that a first start that was cut off does not lock everybody out.
 * Without `password` one of 120 bits is made; the caller shows it once.
 */
export type CreateAdministrator = (wanted: { email: string; password?: string | undefined }) => Promise<NewAdministrator | null>

type Deps = { runAsIdentity: RunAsIdentity; clock: Clock; users: UsersRepository; passwords: Passwords }

export function createAdministratorMaker(deps: Deps): CreateAdministrator {
  return async ({ email, password: given }) => {
    if (!await deps.runAsIdentity((tx) => deps.users.isUnused(tx, email))) return null
    const password = given ?? randomBytes(15).toString('base64url')
    const passwordHash = await deps.passwords.hash(password)
    return deps.runAsIdentity(async (tx) => {
      await deps.users.lockBootstrap(tx)
      if (!await deps.users.isUnused(tx, email)) return null
      const account = { id: newId(), email, name: 'Administrator', passwordHash, platformAdmin: true, createdAt: deps.clock.now() }
      const userId = await deps.users.saveAdministrator(tx, account)
      const settle = (): Promise<void> => deps.runAsIdentity(async (later) => {
        await deps.users.lockBootstrap(later)
        await deps.users.saveAdministrator(later, { ...account, id: userId })
      })
      return { userId, email, password, generated: given === undefined, settle }
    })
  }
}
