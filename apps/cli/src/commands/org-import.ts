import type { Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { CommandError, UsageError } from '../failure.ts'
import { count, printable } from '../output.ts'

type Options = { readonly key: string[]; readonly check?: boolean; readonly beside?: boolean }

export const configureOrgImport = (command: Command): Command => command
  .description('bring an exported organization into an empty installation, or beside others; runs on the server, with the product stopped')
  .argument('<dir>', 'a folder that "orgs export" wrote')
  .option('--key <public>', 'the public key of the installation it comes from ("intellidocs audit key" there); may be given again',
    (key: string, before: string[]) => [...before, key], [])
  .option('--check', 'read every byte of the export, import nothing')
  .option('--beside', 'into an installation that has other organizations, as one that was deleted there by mistake; refused where an id is taken')
  .addHelpText('after', `
Everything is read and checked first; one damaged byte or one row of somebody else, and nothing is changed. Database and store of files must
be empty (embedded: a DATA_DIR that is new), or with --beside of the same release. Members keep their roles and get no password: each sets one by "intellidocs password forgotten",
which only whoever reads the mailbox can. When it fails half-way, run it again.`)

export async function orgImport(context: CliContext, args: string[], options: Options): Promise<Result> {
  const [dir] = args
  if (dir === undefined || args.length > 1) throw new UsageError('orgs import takes one folder')
  // Database, modules and object store clients are dear to load, and few commands need them.
  const [{ checkExport }, { importOrg }, { openEmptyPlace }, { createSteps }, { listOrgNames }] = await Promise.all([
    import('../portable/check.ts'), import('../portable/import.ts'), import('../backup/installation.ts'), import('../backup/steps.ts'), import('@intellidocs/db'),
  ])
  const { out, streams, signal, env } = context
  const steps = createSteps(out, streams)
  const { manifest, sum, faults } = await checkExport({ dir, keys: options.key, steps, signal })
  const { org, takenAt } = manifest
  for (const fault of faults) out.print(`${out.colors.red('refused')}  ${printable(fault)}`)
  if (faults.length > 0) out.print('Nothing was imported.')
  const trusted = options.key.length > 0
  if (!trusted) out.note(`The key in the export was believed (${manifest.publicKey}). Give --key to know who made it.`)
  if (faults.length > 0 || options.check === true) return { value: { ok: faults.length === 0, org, takenAt, trusted, faults }, ok: faults.length === 0 }

  const into = await openEmptyPlace(env)
  try {
    const there = (await listOrgNames(into.databaseUrl)).find(({ id, slug }) => id === org.id || slug === org.slug)
    if (there !== undefined) throw new CommandError(`The organization ${there.slug} is there already: an import never mixes.`)
    const { rows, blobs } = await importOrg({ dir, manifest, sum, into, secretKey: into.keys.secretKey, steps, signal, beside: options.beside === true })
    const members = manifest.tables.find(({ name }) => name === 'membership')?.rows ?? 0
    out.print(`imported: ${printable(org.name)} as of ${takenAt}`)
    out.print(`${count(members, 'member')} set a password by mail ("intellidocs password forgotten"). API keys, invitations and webhooks are made anew.`)
    out.print(`"intellidocs verify --against ${dir}" compares.`)
    return { value: { ok: true, org, takenAt, trusted, rows, blobs, members, lost: manifest.lost }, ok: true }
  } finally {
    await into.close()
  }
}
