import type { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import type { CliContext, Result } from '../context.ts'
import { UsageError } from '../failure.ts'

const SHOWN = 20

export const configureBackup = (command: Command): Command => command
  .description('copy database and files of this installation into a folder, while it runs; runs on the server')
  .argument('<dir>', 'an empty folder, or one that holds backups: only new files are copied then')
  .addHelpText('after', `
The backup is complete when the command ends with 0. It holds everything but sessions and the secret key:
keep SECRET_KEY (embedded: <DATA_DIR>/secret.key) elsewhere, without it passwords of locked files are lost.
DIR/snapshots has a folder for each backup, DIR/blobs the files of all of them.
"intellidocs restore DIR" brings the newest back into an empty place, "intellidocs restore DIR --check" only reads it.`)

export async function backup(context: CliContext, args: string[]): Promise<Result> {
  const [dir] = args
  if (dir === undefined || args.length > 1) throw new UsageError('backup takes one folder')
  // Database and object store clients are dear to load, and few commands need them.
  const [{ createBackup }, { openBackupFolder }, { openInstallation }, { createSteps }] = await Promise.all([
    import('../backup/create.ts'), import('../backup/folder.ts'), import('../backup/installation.ts'), import('../backup/steps.ts'),
  ])
  const { out, streams, signal } = context
  const from = await openInstallation(context.env)
  try {
    const to = await openBackupFolder(dir)
    try {
      const created = await createBackup({ from, to, product: packageJson.version, steps: createSteps(out, streams), signal })
      const { lost, snapshot } = created
      for (const { orgId, sha256, why } of lost.slice(0, SHOWN)) out.print(`${out.colors.red('lost')}  org/${orgId}/${sha256}  ${why}`)
      if (lost.length > 0) out.print(`${lost.length} files could not be backed up: "intellidocs verify" names their documents`)
      out.print(`backup: ${snapshot}`)
      out.note('The secret key is not in the backup: keep SECRET_KEY (embedded: secret.key in the data folder) elsewhere.')
      return { value: { ok: lost.length === 0, ...created }, ok: lost.length === 0 }
    } finally {
      await to.lock.release()
    }
  } finally {
    await from.close()
  }
}
