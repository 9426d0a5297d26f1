import type { Person, RunAsAdmin, Tx } from '@intellidocs/kernel'
import type { UsersAdministration } from '../users/index.ts'

/** Units of the administrators of the installation. */
export type AdminUnit = {
  /** Throws unless the person is one now; asked before any procedure of theirs. `admin.required`, `auth.second_factor_required`. */
  admit(person: Person): Promise<void>
  /** Reads. */
  look<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Changes something: asks again whether they are one, behind a lock that lets one deed in at a time. */
  act<T>(person: Person, work: (deed: { tx: Tx; person: Person }) => Promise<T>): Promise<T>
}

export const createAdminUnit = ({ runAsAdmin, users }: { runAsAdmin: RunAsAdmin; users: Pick<UsersAdministration, 'admit' | 'admitDeed'> }): AdminUnit => ({
  admit: (person) => runAsAdmin((tx) => users.admit(tx, person)),
  look: (work) => runAsAdmin(work),
  act: (person, work) => runAsAdmin(async (tx) => {
    const deed = { tx, person }
    await users.admitDeed(deed)
    return work(deed)
  }),
})
