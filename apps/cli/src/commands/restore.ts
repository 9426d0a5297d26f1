import { lstat } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Document } from '@intellidocs/contracts'
import { isBackupFolder } from '../backup/marker.ts'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { findDocument } from '../lookup.ts'
import { printable } from '../output.ts'
import { restoreInstallation, type InstallationOptions } from './restore-installation.ts'

export const configureRestore = (command: Command): Command => command
  .description('take documents out of the trash; or, given a folder that "backup" wrote, bring an installation back into an empty place')
  .usage('[options] <document...>\n       intellidocs restore [options] <dir>')
  .argument('<document...>', 'ids or exact names of documents; or one folder that holds backups')
  .option('--snapshot <name>', 'dir only: this backup instead of the newest')
  .option('--check', 'dir only: read every byte of the backup, restore nothing')
  .option('--drop-sealed', 'dir only: under another secret key, forget what only the old one opens')
  .option('--revoke-keys', 'dir only: let no API key of the backup work')
  .addHelpText('after', `
The argument decides: a folder in which "intellidocs backup" left its mark (intellidocs-backup.json) is an installation
to bring back, everything else is the name of a document. A document whose name is also such a folder is named by its id.

Bringing an installation back runs on the server, with its variables and the product stopped, and overwrites nothing: database and
store of files must be empty (embedded: a DATA_DIR that is new). The backup is read and checked first; one damaged byte, and
nothing is changed. When it fails half-way, run it again.`)

export async function restore(context: CliContext, args: string[], options: InstallationOptions): Promise<Result> {
  const folders = await Promise.all(args.map(isBackupFolder))
  const [first] = args
  if (first !== undefined && args.length === 1 && folders[0] === true) return restoreInstallation(context, first, options)
  if (folders.includes(true)) {
    throw new UsageError('A folder of backups stands alone. Name documents by their ids if one is called like such a folder.')
  }
  if (Object.keys(options).some((name) => ['snapshot', 'check', 'dropSealed', 'revokeKeys'].includes(name))) {
    throw new UsageError(`${args.join(', ')}: no folder with a backup, and these options are for one.`)
  }
  return restoreDocuments(context, args)
}

async function restoreDocuments(context: CliContext, names: string[]): Promise<Result> {
  const restored: Document[] = []
  for (const name of names) {
    if (await looksLikeFolder(name)) throw new CommandError(`${name} is a folder without a backup, and not the id of a document.`)
    const { id } = await findDocument(context.client, name, 'trashed')
    const document = await context.client.api.documents.restore.mutate({ id })
    restored.push(document)
    context.out.print(`restored: ${printable(document.name)}  ${context.out.colors.dim(id)}`)
  }
  return done({ restored })
}

/** Written as a path: somebody means a folder, and should not hear of documents. */
async function looksLikeFolder(name: string): Promise<boolean> {
  if (!/[\\/]/.test(name)) return false
  return lstat(name).then((facts) => facts.isDirectory(), () => false) // nothing there: perhaps a document's name
}
