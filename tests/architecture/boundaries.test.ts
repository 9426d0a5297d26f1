import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cleanTree, writeTree } from './support/skeleton.ts'

type Violation = { rule: string; from: string; to: string; via: string }

/** Of the clean tree with these files besides. */
function violations(besides: Record<string, string>): Violation[] {
  const root = cleanTree()
  writeTree(root, besides)
  const { stdout, stderr } = spawnSync('node', [join(import.meta.dirname, 'check-boundaries.ts'), '--root', root, '--json'], { encoding: 'utf8' })
  const last = stdout.trim().split('\n').at(-1)
  rmSync(root, { recursive: true, force: true })
  if (last === undefined || last === '') throw new Error(`the check gave no answer: ${stderr}`)
  return JSON.parse(last) as Violation[]
}

const domain = 'packages/domain/src/modules'
const canaries: { rule: string; what: string; file: string; text: string }[] = [
  { rule: 'module-only-through-index', what: 'a module that opens another module’s service', file: `${domain}/documents/bad.ts`, text: "export * from '../orgs/orgs.service.ts'\n" },
  { rule: 'outside-only-through-index', what: 'the registry that opens a module’s service', file: 'packages/domain/src/bad.ts', text: "export * from './modules/orgs/orgs.service.ts'\n" },
  { rule: 'outside-only-through-index', what: 'an app that opens a package by a relative path', file: 'apps/api/src/opening.ts', text: "export * from '../../../packages/kernel/src/inner.ts'\n" },
  { rule: 'only-repositories-touch-db', what: 'a service that imports the database', file: `${domain}/orgs/bad.service.ts`, text: "import { db } from '@intellidocs/db'\nexport const bad = db\n" },
  { rule: 'only-repositories-touch-db', what: 'a service that imports the driver', file: `${domain}/orgs/bad.ts`, text: "import { pool } from 'pg'\nexport const bad = pool\n" },
  { rule: 'workflow-code-is-pure', what: 'a workflow that reaches a package through another file', file: `${domain}/documents/temporal/step.ts`, text: "import { kernel } from '@intellidocs/kernel'\nexport const step = kernel\n" },
  { rule: 'workflow-code-is-pure', what: 'a workflow that reads files', file: `${domain}/documents/temporal/files.workflow.ts`, text: "import { readFileSync } from 'node:fs'\nexport const bad = readFileSync\n" },
  { rule: 'workflow-code-is-pure', what: 'a workflow that uses a driver', file: `${domain}/documents/temporal/bad.workflow.ts`, text: "import { pool } from 'pg'\nexport const bad = pool\n" },
  { rule: 'workflow-code-is-pure', what: 'the engine of flows that reaches a package', file: `${domain}/workflows/engine/bad.ts`, text: "import { kernel } from '@intellidocs/kernel'\nexport const bad = kernel\n" },
  { rule: 'leaf-packages', what: 'the contracts importing the kernel', file: 'packages/contracts/src/bad.ts', text: "import type { Some } from '@intellidocs/kernel'\nexport type Bad = Some\n" },
  { rule: 'leaf-packages', what: 'storage importing the database', file: 'packages/storage/src/bad.ts', text: "export { db } from '@intellidocs/db'\n" },
  { rule: 'leaf-packages', what: 'the audit format importing the kernel', file: 'packages/audit/src/bad.ts', text: "export { kernel } from '@intellidocs/kernel'\n" },
  { rule: 'leaf-packages', what: 'the certificate importing the database', file: 'packages/certificate/src/bad.ts', text: "export { db } from '@intellidocs/db'\n" },
  { rule: 'never-upward', what: 'the kernel importing the domain', file: 'packages/kernel/src/bad.ts', text: "export { domain } from '@intellidocs/domain'\n" },
  { rule: 'never-upward', what: 'the way to Temporal importing the domain', file: 'packages/temporal/src/bad.ts', text: "export { domain } from '@intellidocs/domain'\n" },
  { rule: 'never-upward', what: 'organizations calling documents', file: `${domain}/orgs/calling.ts`, text: "export { make } from '../documents/index.ts'\n" },
  { rule: 'never-upward', what: 'a listening module calling another', file: `${domain}/notifications/bad.ts`, text: "export { make } from '../documents/index.ts'\n" },
  { rule: 'never-upward', what: 'documents calling search', file: `${domain}/documents/calling.ts`, text: "export { make } from '../search/index.ts'\n" },
  { rule: 'never-upward', what: 'search calling documents', file: `${domain}/search/bad.ts`, text: "export { make } from '../documents/index.ts'\n" },
  { rule: 'never-upward', what: 'production code importing test helpers', file: 'apps/api/src/bad.ts', text: "export { testing } from '@intellidocs/testing'\n" },
  { rule: 'never-upward', what: 'the client carrying server code', file: 'packages/client/src/bad.ts', text: "export { domain } from '@intellidocs/domain'\n" },
  { rule: 'never-upward', what: 'one app importing another', file: 'apps/cli/src/bad.ts', text: "export { main } from '../../api/src/main.ts'\n" },
  { rule: 'must-resolve', what: 'an import of a package that is not there', file: 'packages/kernel/src/nowhere.ts', text: "export { nothing } from '@intellidocs/nowhere'\n" },
  { rule: 'no-cycles', what: 'two files that import each other', file: 'packages/kernel/src/inner.ts', text: "import { kernel } from './index.ts'\nexport const inner: number = kernel\n" },
]

test('a tree in which every rule holds is found clean', () => {
  expect(violations({})).toEqual([])
})

/** One look at all of them, since a look begins slowly. A canary's violation must name its file. */
let found: Violation[] | undefined
const ofAll = (): Violation[] => found ??= violations(Object.fromEntries(canaries.map(({ file, text }) => [file, text])))

test('each canary has a file of its own', () => {
  expect(new Set(canaries.map(({ file }) => file)).size).toBe(canaries.length)
})

test.each(canaries)('$rule catches $what', ({ rule, file }) => {
  expect(ofAll().filter(({ from, to, via }) => [from, to, ...via.split(' -> ')].includes(file)).map((violation) => violation.rule)).toContain(rule)
})
