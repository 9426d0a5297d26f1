import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { failureConverterPath } from '@intellidocs/temporal'

const require = createRequire(import.meta.url)
export const workflowsPath = fileURLToPath(new URL('../workflows.ts', import.meta.url))
const commandPath = fileURLToPath(new URL('../commands/bundle.ts', import.meta.url))

/**
 * The workflow code as one file, built when its sources or the SDK changed and kept in `cacheDir` by their hash.
 * Building takes seconds and hundreds of megabytes, so it happens in a process of its own. Answers the file's path.
 */
export async function workflowBundle(cacheDir: string): Promise<string> {
  const path = join(cacheDir, `workflows-${await sourcesHash()}.js`)
  if (existsSync(path)) return path
  await mkdir(cacheDir, { recursive: true })
  await promisify(execFile)(process.execPath, [commandPath, path], { timeout: 120_000 })
  for (const name of await readdir(cacheDir)) {
    if (/^workflows-[0-9a-f]{64}\.js$/.test(name) && join(cacheDir, name) !== path) await rm(join(cacheDir, name), { force: true })
  }
  return path
}

/** Workflow files import each other and the SDK, nothing else (`workflow-code-is-pure`), so these are all that can change the bundle. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  const entry = await readFile(workflowsPath, 'utf8')
  const modules = [...entry.matchAll(/from '(@intellidocs\/[^']+)'/g)].map((match) => require.resolve(match[1] ?? ''))
  const folders = [...new Set(modules.map((module) => dirname(module)))].sort()
  const files = (await Promise.all(folders.map(sourcesIn))).flat()
  for (const file of [workflowsPath, failureConverterPath, ...files]) hash.update(await readFile(file)).update('\0')
  return hash.update(await readFile(require.resolve('@temporalio/worker/package.json'))).digest('hex')
}

async function sourcesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  return names.sort().map((name) => join(folder, name))
}
