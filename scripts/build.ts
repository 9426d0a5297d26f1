// npm run build [-- --out DIR]: makes dist/api, dist/worker and dist/cli, which run with plain Node 24 and nothing else of this checkout.
// Prints one line an artefact with its size, and one line of JSON last.
import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { artefacts, WORKFLOW_BUNDLE, type Artefact } from './build/artefacts.ts'
import { emit } from './build/emit.ts'
import { copyPackages, productionPackages } from './build/packages.ts'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } })
const out = resolve(values.out)

type Built = { readonly name: string; readonly files: number; readonly packages: number; readonly mb: number }

async function build(artefact: Artefact): Promise<Built> {
  const target = join(out, artefact.name)
  await rm(target, { recursive: true, force: true })
  const { files, packages: wanted } = await emit(artefact, { root, target })
  if (artefact.workflows) await bundleWorkflows(join(target, WORKFLOW_BUNDLE))
  const packages = productionPackages(wanted, root)
  await copyPackages(packages, { root, target })
  return { name: artefact.name, files: files.length, packages: packages.length, mb: Math.round((await bytesIn(target)) / 1e6) }
}

/** In a process of its own: bundling takes hundreds of megabytes. */
async function bundleWorkflows(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await promisify(execFile)(process.execPath, [join(root, 'apps/worker/src/commands/bundle.ts'), path])
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

const began = performance.now()
const built: Built[] = []
for (const artefact of artefacts) {
  const result = await build(artefact)
  process.stderr.write(`${join(values.out, result.name)}: ${result.files} files, ${result.packages} packages, ${result.mb} MB\n`)
  built.push(result)
}
process.stdout.write(`${JSON.stringify({ artefacts: built, seconds: Math.round((performance.now() - began) / 100) / 10 })}\n`)
