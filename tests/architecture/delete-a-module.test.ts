import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const tree = mkdtempSync(join(tmpdir(), 'intellidocs-drill-'))
const compiler = join(root, 'node_modules', 'typescript7', 'bin', 'tsc')
/** A leaf: nobody calls it, it only listens to events. */
const leaf = 'notifications'

beforeAll(() => {
  for (const folder of ['apps', 'packages', 'prisma']) {
    cpSync(join(root, folder), join(tree, folder), { recursive: true, filter: (path) => !/\/node_modules(\/|$)|\.(test|testkit)\.ts$|\/test-[^/]+\.ts$/.test(path) })
  }
  cpSync(join(root, 'tsconfig.base.json'), join(tree, 'tsconfig.base.json'))
  mkdirSync(join(tree, 'node_modules', '@intellidocs'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@intellidocs' && !name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(tree, 'node_modules', name))
  }
  for (const folder of ['packages', 'apps']) {
    for (const name of readdirSync(join(tree, folder))) symlinkSync(join(tree, folder, name), join(tree, 'node_modules', '@intellidocs', name))
    for (const name of readdirSync(join(root, folder))) {
      const own = join(root, folder, name, 'node_modules') // versions that npm could not hoist
      if (readdirSync(join(root, folder, name)).includes('node_modules')) symlinkSync(own, join(tree, folder, name, 'node_modules'))
    }
  }
}, 60_000)
afterAll(() => rmSync(tree, { recursive: true, force: true }))

async function typeErrors(workspaces: string[]): Promise<string[]> {
  const found = await Promise.all(workspaces.map(async (workspace) => {
    try {
      await promisify(execFile)('node', [compiler, '--noEmit', '-p', join(tree, workspace, 'tsconfig.json')], { maxBuffer: 10_000_000 })
      return []
    } catch (error) {
      const output = typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : String(error)
      return output.split('\n').filter((line) => line.includes('error TS'))
    }
  }))
  return found.flat()
}

test('a leaf module is deleted by deleting its folder and its lines in the registry', async () => {
  const registry = join(tree, 'packages', 'domain', 'src', 'modules.ts')
  rmSync(join(tree, 'packages', 'domain', 'src', 'modules', leaf), { recursive: true })
  expect(await typeErrors(['packages/domain']), 'the drill must be able to fail: the registry still names the module').not.toEqual([])

  const lines = readFileSync(registry, 'utf8').split('\n')
  const kept = lines.filter((line) => !line.toLowerCase().includes(leaf))
  expect(lines.length - kept.length, 'an import and a line of the registry').toBe(2)
  writeFileSync(registry, kept.join('\n'))
  expect(await typeErrors(['packages/domain', 'packages/client', 'packages/testing', 'apps/api', 'apps/worker', 'apps/launcher'])).toEqual([])
}, 120_000)
