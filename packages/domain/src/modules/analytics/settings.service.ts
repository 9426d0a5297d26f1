import type { analyticsContract, AnalyticsSettings } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { StoredSettings } from './settings.repository.ts'

type Changes = z.infer<typeof analyticsContract.setSettings.input>
type Deps = Pick<AnalyticsDeps, 'runInTx' | 'outbox' | 'facts' | 'settings'>

export type SettingsService = {
  get(actor: Actor): Promise<AnalyticsSettings>
  /** Answers all of them as they are then. @throws AppError input.invalid (no such time zone) */
  set(actor: Actor, changes: Changes): Promise<AnalyticsSettings>
}

const shown = ({ generation: _, ...settings }: StoredSettings): AnalyticsSettings => settings

async function mustBeZone({ settings }: Deps, tx: Tx, zone: string): Promise<void> {
  if (await settings.knowsZone(tx, zone)) return
  throw new AppError('input.invalid', { details: { issues: [{ path: 'zone', message: 'not a time zone that is known here' }] } })
}

export function createSettingsService(deps: Deps): SettingsService {
  const { runInTx, outbox, facts, settings } = deps
  return {
    get: (actor) => runInTx(actor, async (tx) => shown(await settings.find(tx, actor.orgId)), { readOnly: true }),
    set: (actor, changes) => runInTx(actor, async (tx) => {
      const { zone, buildingZone } = await facts.hold(tx, actor.orgId)
      const before = { ...await settings.find(tx, actor.orgId), zone: buildingZone ?? zone }
      const after = { zone: changes.zone ?? before.zone, words: changes.words ?? before.words, perPerson: changes.perPerson ?? before.perPerson }
      const changed = (['zone', 'words', 'perPerson'] as const).filter((field) => after[field] !== before[field])
      if (changed.length === 0) return shown(await settings.find(tx, actor.orgId))
      if (changed.includes('zone')) {
        await mustBeZone(deps, tx, after.zone)
        await facts.beginBuild(tx, actor.orgId, after.zone)
      }
      await settings.put(tx, actor.orgId, after)
      const picked = (from: typeof after) => Object.fromEntries(changed.map((field) => [field, from[field]]))
      await outbox.append(tx, actor, {
        type: 'analytics.settings-set.v1', payload: { changed }, audit: { subjectType: 'org', subjectId: actor.orgId, data: { before: picked(before), after: picked(after) } },
      })
      return shown(await settings.find(tx, actor.orgId))
    }),
  }
}
