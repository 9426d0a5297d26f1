import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const tree = mkdtempSync(join(tmpdir(), 'intellidocs-drill-'))
const compiler = join(root, 'node_modules', 'typescript7', 'bin', 'tsc')
/** A leaf: nobody calls it, it only listens to events and answers by procedures of its own. Made for the drill, as each module of the product serves somebody by now. */
const leaf = 'drill'
const drill = join(tree, 'packages', 'domain', 'src', 'modules', leaf)
const registry = join(tree, 'packages', 'domain', 'src', 'modules.ts')
const source = `import { may, orgProcedure, router, subscriber, type Clock } from '@intellidocs/kernel'

export function createDrillModule({ clock }: { clock: Clock }) {
  return {
    name: 'drill',
    routers: { drill: router({ now: orgProcedure.meta(may('orgs', 'read')).query(() => clock.now().toISOString()) }) },
    subscribers: [subscriber({ name: 'drill.listen', events: ['orgs.created.v1'], handle: async () => undefined })],
  } as const
}
`

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

/** Of all in one program: what they share is checked once. */
async function typeErrors(workspaces: string[]): Promise<string[]> {
  writeFileSync(join(tree, 'tsconfig.json'), JSON.stringify({ extends: './tsconfig.base.json', include: workspaces.map((workspace) => `${workspace}/src`) }))
  try {
    await promisify(execFile)('node', [compiler, '--noEmit', '-p', join(tree, 'tsconfig.json')], { maxBuffer: 10_000_000 })
    return []
  } catch (error) {
    const output = typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : String(error)
    return output.split('\n').filter((line) => line.includes('error TS'))
  }
}

/** Puts a line before the first one that begins so. */
function insertBefore(lines: readonly string[], beginning: string, line: string): string[] {
  const at = lines.findIndex((one) => one.trimStart().startsWith(beginning))
  if (at < 0) throw new Error(`the registry has no line that begins with ${beginning}`)
  return lines.toSpliced(at, 0, line)
}

test('a leaf module is added by its folder and two lines in the registry, and deleted by deleting these', async () => {
  const before = readFileSync(registry, 'utf8')
  mkdirSync(drill)
  writeFileSync(join(drill, 'index.ts'), source)
  const imported = insertBefore(before.split('\n'), 'import { createWebhooksModule', `import { createDrillModule } from './modules/drill/index.ts'`)
  writeFileSync(registry, insertBefore(imported, 'analytics: createAnalyticsModule(', '    drill: createDrillModule(deps),').join('\n'))
  const probe = join(tree, 'packages', 'domain', 'src', 'probe.ts')
  writeFileSync(probe, `import type { AppRouter } from './app-router.ts'\nexport const kind: AppRouter['drill']['now']['_def']['type'] = 'query'\n`)
  expect(await typeErrors(['packages/domain', 'packages/client', 'packages/testing', 'apps/api', 'apps/worker', 'apps/launcher']), 'nothing else has to change').toEqual([])

  rmSync(drill, { recursive: true })
  rmSync(probe)
  expect(await typeErrors(['packages/domain']), 'the drill must be able to fail: the registry still names the module').not.toEqual([])

  const kept = readFileSync(registry, 'utf8').split('\n').filter((line) => !line.toLowerCase().includes(leaf))
  expect(kept.join('\n'), 'an import and a line of the registry were all of it').toBe(before)
}, 300_000)
