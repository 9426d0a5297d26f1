import type { InstallationSettings, InstallationStatus } from '@intellidocs/contracts'
import { AppError, createRemembered, platformActor, recordAudit, type Person, type RunAsSystem } from '@intellidocs/kernel'
import type { AdminUnit } from './admin.unit.ts'
import type { SettingsRepository } from './settings.repository.ts'

/** What a process remembers, at most: so long after a change it is known everywhere. */
const REMEMBERED_MS = 1000

export type SettingsService = {
  get(): Promise<InstallationSettings>
  /** What is not named stays. */
  set(person: Person, input: { readOnly?: boolean | undefined; banner?: InstallationStatus['banner'] | undefined; reason: string }): Promise<InstallationSettings>
  /** What everybody is told; as it was a second ago at most. */
  status(): Promise<InstallationStatus>
  /** Throws `installation.read_only` while nothing is to be changed. */
  mayChange(): Promise<void>
}
type Deps = { unit: AdminUnit; runAsSystem: RunAsSystem; repository: SettingsRepository }

export function createSettingsService({ unit, runAsSystem, repository }: Deps): SettingsService {
  const remembered = createRemembered<'status', InstallationStatus>({ ms: REMEMBERED_MS })
  const status = (): Promise<InstallationStatus> => remembered.get('status', () => runAsSystem(repository.status))
  return {
    status,
    get: () => unit.look(repository.find),
    async mayChange() {
      if ((await status()).readOnly) throw new AppError('installation.read_only')
    },
    async set(person, { readOnly, banner, reason }) {
      const after = await unit.act(person, async ({ tx }) => {
        const before = await repository.find(tx)
        const wanted = { readOnly: readOnly ?? before.readOnly, banner: banner === undefined ? before.banner : banner }
        await repository.save(tx, wanted, person.userId)
        await recordAudit(tx, platformActor(person), {
          action: 'admin.settings-set', subjectType: 'installation', subjectId: null,
          data: { before: { readOnly: before.readOnly, banner: before.banner }, after: wanted, reason },
        })
        return repository.find(tx)
      })
      remembered.forget()
      return after
    },
  }
}
