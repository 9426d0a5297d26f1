import { adminContract, type FeatureSwitch, type OrgId, type SwitchName } from '@intellidocs/contracts'
import { createRemembered, noSource, platformActor, recordAudit, type Actor, type FeatureSwitches, type Person, type RunAsSystem } from '@intellidocs/kernel'
import type { OrgsAdministration } from '../orgs/index.ts'
import type { AdminUnit } from './admin.unit.ts'
import { settingsRepository, type SettingsRepository, type StoredSwitches } from './settings.repository.ts'

/** What a process remembers, at most: so long after a change it is known everywhere. */
const REMEMBERED_MS = 1000

export type Switches = FeatureSwitches & {
  /** The next one who asks looks again. */
  forget(): void
}

/** Looks at the one row of them, once a second at most. The others of the product are given this before there is a module `admin`. */
export function createSwitches({ runAsSystem }: { runAsSystem: RunAsSystem }): Switches {
  const remembered = createRemembered<'switches', StoredSwitches>({ ms: REMEMBERED_MS })
  return {
    isOn: async (name, orgId) => {
      const stored = (await remembered.get('switches', () => runAsSystem(settingsRepository.switches)))[name]
      return (orgId === null ? undefined : stored?.orgs[orgId]) ?? stored?.on ?? true
    },
    forget: remembered.forget,
  }
}

export type SwitchesService = {
  list(): Promise<{ switches: FeatureSwitch[] }>
  /** `admin.org_not_found`. */
  set(person: Person, input: { name: SwitchName; orgId?: OrgId | undefined; on: boolean | null; reason: string }): Promise<FeatureSwitch>
}
type Deps = { readonly unit: AdminUnit; readonly orgs: Pick<OrgsAdministration, 'get'>; readonly repository: SettingsRepository; readonly switches: Switches }

/** The same person as the organization's history names them. */
const administering = ({ userId, requestId }: Person, orgId: OrgId): Actor => ({ ...platformActor({ userId, requestId, source: noSource }), orgId })

const show = (stored: StoredSwitches, name: SwitchName): FeatureSwitch => ({
  name, on: stored[name]?.on ?? true, orgs: Object.entries(stored[name]?.orgs ?? {}).map(([orgId, on]) => ({ orgId: orgId as OrgId, on })),
})

function changed(stored: StoredSwitches, { name, orgId, on }: { name: SwitchName; orgId?: OrgId | undefined; on: boolean | null }): StoredSwitches {
  const { on: before = true, orgs = {} } = stored[name] ?? {}
  if (orgId === undefined) return { ...stored, [name]: { on: on ?? before, orgs } }
  const { [orgId]: _, ...others } = orgs
  return { ...stored, [name]: { on: before, orgs: on === null ? others : { ...others, [orgId]: on } } }
}

/** Deeds of administrators come one after the other (`AdminUnit.act`), so that none writes over another. */
export const createSwitchesService = ({ unit, orgs, repository, switches }: Deps): SwitchesService => ({
  list: () => unit.look(async (tx) => {
    const stored = await repository.switches(tx)
    return { switches: adminContract.switchNames.map((name) => show(stored, name)) }
  }),
  async set(person, { reason, ...wanted }) {
    const after = await unit.act(person, async ({ tx }) => {
      const { name, orgId, on } = wanted
      if (orgId !== undefined) await orgs.get(tx, orgId)
      const stored = changed(await repository.switches(tx), wanted)
      await repository.saveSwitches(tx, stored)
      const [subject, data] = [orgId === undefined ? { subjectType: 'installation', subjectId: null } : { subjectType: 'org', subjectId: orgId }, { name, on }]
      await recordAudit(tx, platformActor(person), { action: 'admin.switch-set', ...subject, data: { ...data, reason } })
      // Why is the installation's business, as it is of everything that an administrator does.
      if (orgId !== undefined) await recordAudit(tx, administering(person, orgId), { action: 'admin.switch-set', ...subject, data })
      return show(stored, name)
    })
    switches.forget()
    return after
  },
})
