// Who may know whom (docs/ARCHITECTURE.md). Each rule here has a canary in tests/architecture that must be caught by the rule's name.
// This configuration sees type-only imports too; what runs is the matter of .dependency-cruiser-runtime.mjs.
import { readdirSync, readFileSync } from 'node:fs'

const tests = '\\.(test|testkit)\\.ts$|/test-[^/]+\\.ts$'
const modules = '^packages/domain/src/modules/'

/** The files that packages show on purpose: the values of `exports` in their package.json. */
const faces = readdirSync('packages').flatMap((name) => {
  const { exports = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
  return Object.values(exports).map((file) => `^packages/${name}/${String(file).slice(2).replaceAll('.', '\\.')}$`)
})

/** What a package of ours may import besides itself. */
const mayKnow = {
  contracts: [],
  db: ['contracts'],
  storage: ['contracts'],
  extraction: ['contracts'],
  embedding: ['contracts'],
  mail: ['contracts'],
  audit: ['contracts'],
  egress: [],
  certificate: ['contracts', 'audit'],
  kernel: ['contracts', 'db'],
  domain: ['contracts', 'db', 'storage', 'extraction', 'embedding', 'audit', 'certificate', 'mail', 'egress', 'kernel'],
  temporal: ['kernel'],
  client: ['contracts', 'domain'],
}
const leaves = ['contracts', 'db', 'storage', 'extraction', 'embedding', 'audit', 'certificate', 'mail', 'egress']

const packageRule = (/** @type {string} */ ruleName, /** @type {string} */ name) => ({
  name: ruleName, severity: 'error', comment: `packages/${name} may import ${mayKnow[name].join(', ') || 'nothing of ours'}`,
  from: { path: `^packages/${name}/`, pathNot: tests },
  to: { path: '^(packages|apps)/', pathNot: [name, ...mayKnow[name]].map((known) => `^packages/${known}/`) },
})

/** What a module may call; the others take types only. */
const mayCall = { users: [], orgs: ['users'], documents: ['users', 'orgs'], workflows: ['users', 'orgs', 'documents'], privacy: ['users'] }

export default {
  forbidden: [
    {
      name: 'module-only-through-index', severity: 'error', comment: 'one module sees another only through its index.ts',
      from: { path: `${modules}([^/]+)/`, pathNot: tests },
      to: { path: `${modules}[^/]+/`, pathNot: [`${modules}$1/`, `${modules}[^/]+/index\\.ts$`] },
    },
    {
      name: 'outside-only-through-index', severity: 'error', comment: 'what stands outside a package or module sees only its face',
      from: { path: '^(apps|packages)/([^/]+)/', pathNot: tests },
      to: { path: '^packages/[^/]+/', pathNot: ['^$1/$2/', ...faces] },
    },
    {
      name: 'outside-only-through-index', severity: 'error', comment: 'the registry sees a module only through its index.ts',
      from: { path: '^packages/domain/src/[^/]+\\.ts$', pathNot: tests },
      to: { path: `${modules}[^/]+/`, pathNot: `${modules}[^/]+/index\\.ts$` },
    },
    {
      name: 'only-repositories-touch-db', severity: 'error', comment: 'types of the database are free, the database itself is for repositories',
      from: { path: modules, pathNot: ['\\.repository\\.ts$', tests] },
      to: { path: '^packages/db/|node_modules/(@prisma|pg)/', dependencyTypesNot: ['type-only'] },
    },
    ...leaves.map((name) => packageRule('leaf-packages', name)),
    ...['kernel', 'domain', 'temporal'].map((name) => packageRule('never-upward', name)),
    {
      name: 'never-upward', severity: 'error', comment: 'the client takes the router as a type only, so that no server code reaches a browser',
      from: { path: '^packages/client/', pathNot: tests },
      to: { path: '^(packages|apps)/', pathNot: '^packages/(client|contracts)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'never-upward', severity: 'error', comment: 'test helpers stay in tests, and no package knows an app',
      from: { path: '^(apps|packages)/', pathNot: ['^packages/testing/', tests] }, to: { path: '^packages/testing/' },
    },
    { name: 'never-upward', severity: 'error', from: { path: '^packages/', pathNot: tests }, to: { path: '^apps/' } },
    { name: 'never-upward', severity: 'error', comment: 'apps do not know each other', from: { path: '^apps/([^/]+)/', pathNot: tests }, to: { path: '^apps/', pathNot: '^apps/$1/' } },
    ...Object.entries(mayCall).map(([name, known]) => ({
      name: 'never-upward', severity: 'error', comment: `the module ${name} may call ${known.join(', ') || 'no other'}`,
      from: { path: `${modules}${name}/`, pathNot: tests }, to: { path: `${modules}[^/]+/`, pathNot: [name, ...known].map((other) => `${modules}${other}/`) },
    })),
    {
      name: 'never-upward', severity: 'error', comment: 'the other modules listen to events or implement ports: they take types of others, never code',
      from: { path: `${modules}([^/]+)/`, pathNot: [tests, ...Object.keys(mayCall).map((name) => `${modules}${name}/`), `${modules}admin/`] },
      to: { path: `${modules}[^/]+/`, pathNot: `${modules}$1/`, dependencyTypesNot: ['type-only'] },
    },
    { name: 'must-resolve', severity: 'error', comment: 'an import that is not found is a rule that cannot be checked', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-cycles', severity: 'error', from: { pathNot: tests },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|/generated/' },
    exclude: { path: '/generated/internal/|/generated/models/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.mts', '.mjs', '.js', '.cjs', '.json', '.d.ts'] },
    moduleSystems: ['es6', 'cjs'],
  },
}
