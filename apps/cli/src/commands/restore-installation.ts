import type { CliContext, Result } from '../context.ts'
import { count } from '../output.ts'

export type InstallationOptions = {
  readonly snapshot?: string; readonly check?: boolean; readonly dropSealed?: boolean; readonly revokeKeys?: boolean
}

/** Brings a whole installation back from a folder of backups. Overwrites nothing: what it is restored into must be empty. */
export async function restoreInstallation(context: CliContext, dir: string, options: InstallationOptions): Promise<Result> {
  // Database and object store clients are dear to load, and few commands need them.
  const [{ checkBackup }, { snapshotFolder }, { openEmptyPlace }, { restoreBackup }, { createSteps }] = await Promise.all([
    import('../backup/check.ts'), import('../backup/folder.ts'), import('../backup/installation.ts'), import('../backup/restore.ts'),
    import('../backup/steps.ts'),
  ])
  const { out, streams, signal, env } = context
  const steps = createSteps(out, streams)
  const snapshot = await snapshotFolder(dir, options.snapshot)
  const { manifest, faults } = await checkBackup({ dir, snapshot, steps, signal })
  const { takenAt, liveApiKeys } = manifest.facts
  for (const fault of faults) out.print(`${out.colors.red('damaged')}  ${fault}`)
  if (faults.length > 0) out.print('Nothing was restored.')
  if (faults.length > 0 || options.check === true) return { value: { ok: faults.length === 0, takenAt, faults }, ok: faults.length === 0 }

  const into = await openEmptyPlace(env)
  try {
    const [dropSealed, revokeApiKeys] = [options.dropSealed === true, options.revokeKeys === true]
    const restored = await restoreBackup({ dir, snapshot, manifest, into, dropSealed, revokeApiKeys, steps, signal })
    out.print(`restored: the installation as of ${takenAt}`)
    out.print('Everybody signs in again: sessions are not in a backup.')
    if (!revokeApiKeys && liveApiKeys > 0) {
      out.print(`${count(liveApiKeys, 'API key')} of ${takenAt} ${liveApiKeys === 1 ? 'works' : 'work'} again, also if revoked since.`)
      out.print('Look at them, or restore with --revoke-keys.')
    }
    out.print('Members, roles and passwords are those of that time too. "intellidocs verify" compares what is there now.')
    return { value: { ok: true, takenAt, ...restored, liveApiKeys: revokeApiKeys ? 0 : liveApiKeys, lost: manifest.blobs.lost }, ok: true }
  } finally {
    await into.close()
  }
}
