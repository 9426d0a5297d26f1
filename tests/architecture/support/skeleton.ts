import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const packages = ['contracts', 'kernel', 'db', 'storage', 'extraction', 'embedding', 'audit', 'certificate', 'temporal', 'domain', 'client', 'testing']
const modules = ['users', 'orgs', 'documents', 'search', 'notifications']

/** Writes files, making their folders. Keys are paths inside `root`. */
export function writeTree(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** A small tree with the layout of this one in which every rule holds. */
export function cleanTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'intellidocs-canary-'))
  mkdirSync(join(root, 'node_modules', '@intellidocs'), { recursive: true })
  for (const name of packages) {
    writeTree(root, {
      [`packages/${name}/package.json`]: JSON.stringify({ name: `@intellidocs/${name}`, type: 'module', exports: { '.': './src/index.ts' } }),
      [`packages/${name}/src/index.ts`]: `import { inner } from './inner.ts'\nexport const ${name} = inner\nexport type Some = number\n`,
      [`packages/${name}/src/inner.ts`]: 'export const inner = 1\n',
    })
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules', '@intellidocs', name))
  }
  for (const name of modules) {
    const folder = `packages/domain/src/modules/${name}`
    writeTree(root, {
      [`${folder}/index.ts`]: `export { make } from './${name}.service.ts'\n`,
      [`${folder}/${name}.service.ts`]: `import type { Some } from '@intellidocs/db'\nimport { find } from './${name}.repository.ts'\nexport const make = (): Some => find()\n`,
      [`${folder}/${name}.repository.ts`]: "import { db } from '@intellidocs/db'\nexport const find = (): number => db\n",
    })
  }
  writeTree(root, {
    'packages/domain/src/modules/documents/temporal/reading.workflow.ts':
      "import type { Some } from '@intellidocs/kernel'\nimport { step } from './step.ts'\nexport const reading = (): Some => step\n",
    'packages/domain/src/modules/documents/temporal/step.ts': 'export const step = 2\n',
    'packages/domain/src/modules.ts': "import { make } from './modules/documents/index.ts'\nexport const modules = { make }\n",
    'apps/api/src/main.ts': "import { domain } from '@intellidocs/domain'\nexport const main = domain\n",
    'apps/cli/src/main.ts': "import { client } from '@intellidocs/client'\nexport const main = client\n",
    'node_modules/pg/package.json': JSON.stringify({ name: 'pg', exports: { '.': './index.js' } }),
    'node_modules/pg/index.js': 'export const pool = 1\n',
  })
  return root
}
