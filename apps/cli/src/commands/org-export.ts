import type { OrgName } from '@intellidocs/db'
import type { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import type { CliContext, Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { printable } from '../output.ts'

const SHOWN = 20

export const configureOrgExport = (command: Command): Command => command
  .description('write everything of one organization into a folder, while the product runs; runs on the server')
  .argument('<dir>', 'an empty folder, or one in which the same export was interrupted')
  .addHelpText('after', `
Rows, files, flows with their runs and certificates, and the audit with its seals, signed. Not in it: passwords, keys, invitations,
webhooks and mail on its way. Whoever has the folder has all documents: keep it as you keep a backup. The format is in docs/portability.md.
"intellidocs orgs import DIR" brings it into an empty installation, "intellidocs verify --against DIR" compares.`)

export async function orgExport(context: CliContext, args: string[]): Promise<Result> {
  const [dir] = args
  if (dir === undefined || args.length > 1) throw new UsageError('orgs export takes one folder')
  // Database, modules and object store clients are dear to load, and few commands need them.
  const [{ exportOrg }, { openExportFolder }, { openInstallation }, { createSteps }, { listOrgNames }, { createAuditKeys }] = await Promise.all([
    import('../portable/export.ts'), import('../portable/folder.ts'), import('../backup/installation.ts'), import('../backup/steps.ts'),
    import('@intellidocs/db'), import('@intellidocs/domain'),
  ])
  const { out, streams, signal, env } = context
  const from = await openInstallation(env)
  try {
    const org = theOne(await listOrgNames(from.databaseUrl), context.org)
    const { at, lock } = await openExportFolder(dir)
    try {
      const { signer } = createAuditKeys(from.keys)
      const { manifest, resumed, copied, lost } = await exportOrg({ from, org, at, signer, product: packageJson.version, steps: createSteps(out, streams), signal })
      for (const { sha256, why } of lost.slice(0, SHOWN)) out.print(`${out.colors.red('lost')}  ${sha256}  ${why}`)
      if (lost.length > 0) out.print(`${lost.length} files could not be exported: "intellidocs verify" names their documents`)
      out.print(`exported: ${printable(org.name)} as of ${manifest.takenAt}${resumed ? ', going on where it was interrupted' : ''}`)
      out.note(`Signed with ${signer.publicKey}: give it to "orgs import --key" by another way than the folder.`)
      const rows = Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]))
      const value = { ok: lost.length === 0, org: manifest.org, takenAt: manifest.takenAt, publicKey: signer.publicKey, rows, blobs: manifest.blobs.count, copied, resumed, lost }
      return { value, ok: lost.length === 0 }
    } finally {
      await lock.release()
    }
  } finally {
    await from.close()
  }
}

/** By id or short name; without one the only one there is. */
function theOne(orgs: readonly OrgName[], wanted: string | undefined): OrgName {
  const [only, more] = orgs.filter(({ id, slug }) => wanted === undefined || wanted === id || wanted === slug)
  if (only === undefined) throw new CommandError(wanted === undefined ? 'There is no organization here.' : `There is no organization ${wanted} here.`)
  if (more !== undefined) throw new UsageError('Name the organization with --org: there are several.')
  return only
}
