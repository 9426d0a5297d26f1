import type { CliContext, Result } from '../context.ts'
import { count, printable } from '../output.ts'

const SHOWN = 20

/** Compares an export of an organization with that organization in the installation on this machine. */
export async function verifyAgainst(context: CliContext, dir: string): Promise<Result> {
  const [{ checkExport }, { compareWithExport }, { openInstallation }, { createSteps }] = await Promise.all([
    import('../portable/check.ts'), import('../portable/compare.ts'), import('../backup/installation.ts'), import('../backup/steps.ts'),
  ])
  const { out, streams, signal, env } = context
  const there = await openInstallation(env)
  const steps = createSteps(out, streams)
  try {
    const { manifest, faults } = await checkExport({ dir, keys: [], steps, signal })
    const compared = faults.length > 0 ? null : await compareWithExport({ dir, manifest, there, secretKeys: there.keys, steps, signal })
    const differences = [...faults, ...compared?.differences ?? []]
    for (const difference of differences.slice(0, SHOWN)) out.print(`${out.colors.red('differs')}  ${printable(difference)}`)
    if (differences.length > SHOWN) out.print(`… and ${differences.length - SHOWN} more (--json names them)`)
    if (compared !== null) {
      const { tables, blobs, chain } = compared
      const rows = tables.reduce((sum, { exported }) => sum + exported, 0)
      out.print(`tables=${tables.length} rows=${rows} differing=${tables.filter(({ equal }) => !equal).length} | blobs=${blobs.there} of ${blobs.exported} | `
        + `audit=${count(chain.rows, 'row')} as sealed, ${chain.unsealed} not sealed | differences=${differences.length}`)
    }
    const ok = differences.length === 0
    return { value: { ok, org: manifest.org, takenAt: manifest.takenAt, ...compared, differences }, ok }
  } finally {
    steps.stop()
    await there.close()
  }
}
