// `npm run boundaries`: holds the tree against both dependency-cruiser configurations. `--root DIR` checks another tree (the canaries do).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { cruise, type IConfiguration } from 'dependency-cruiser'

const configurations = ['.dependency-cruiser.mjs', '.dependency-cruiser-runtime.mjs']
const here = join(import.meta.dirname, '..', '..')
const { values } = parseArgs({ options: { root: { type: 'string', default: here }, json: { type: 'boolean', default: false } } })

process.chdir(values.root) // the rules are written for paths that start at the root of the tree, and read its package.json files
const found: { rule: string; from: string; to: string; via: string }[] = []
let modules = 0

for (const name of configurations) {
  const { default: configuration } = await import(pathToFileURL(join(here, name)).href) as { default: IConfiguration }
  const { enhancedResolveOptions, ...options } = configuration.options ?? {}
  const { output } = await cruise(
    ['apps', 'packages'].filter((folder) => existsSync(folder)),
    { ...options, validate: true, ruleSet: { forbidden: configuration.forbidden ?? [] } },
    enhancedResolveOptions ?? {},
  )
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with text; its result format has changed')
  modules = Math.max(modules, output.summary.totalCruised)
  for (const violation of output.summary.violations) {
    const via = [...(violation.cycle ?? []), ...(violation.via ?? [])].map((step) => step.name).join(' -> ')
    found.push({ rule: violation.rule.name, from: violation.from, to: violation.to, via })
  }
}

if (modules === 0) throw new Error('nothing was checked: no modules were found')
if (values.json) process.stdout.write(`${JSON.stringify(found)}\n`)
else {
  for (const { rule, from, to, via } of found) process.stdout.write(`${rule}: ${from} -> ${to}${via === '' ? '' : ` (${via})`}\n`)
  process.stdout.write(`boundaries: ${modules} files, ${found.length} violations\n`)
}
process.exitCode = found.length === 0 ? 0 : 1
