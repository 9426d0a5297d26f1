import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { replacements, WORKFLOW_BUNDLE, type Artefact } from './artefacts.ts'
import { findPackage, packageOf } from './packages.ts'
import { rewrite, type Rewritten } from './rewrite.ts'

type Place = { readonly root: string; readonly target: string }
type Wanted = { readonly name: string; readonly from: string }
/** What an artefact holds of our own: workspaces by name with their folder, and the packages that its files import. */
export type Emitted = { readonly files: string[]; readonly packages: Wanted[] }

const SCOPE = '@intellidocs/'
const toJs = (path: string): string => path.replace(/\.ts$/, '.js')

/**
 * Writes every file that the programs of an artefact can reach, as JavaScript in the places it has in the sources: paths between files, to
 * models and to migrations stay what they were. Nothing else is written, so test kits and tools are not there.
 */
export async function emit(artefact: Artefact, { root, target }: Place): Promise<Emitted> {
  const workspaces = createWorkspaces(root)
  const seen = new Map<string, Rewritten>()
  const assets = new Set<string>()
  const packages: Wanted[] = artefact.packages.map(({ name, from }) => ({ name, from: join(root, from) }))
  const waiting = Object.values(artefact.programs).map((path) => join(root, path))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    const rewritten = await read(root, path)
    seen.set(path, rewritten)
    waiting.push(...rewritten.modules)
    for (const asset of rewritten.assets) assets.add(asset)
    for (const specifier of rewritten.packages) {
      if (specifier.startsWith(SCOPE)) waiting.push(await workspaces.resolve(specifier, dirname(path)))
      else packages.push({ name: packageOf(specifier), from: dirname(path) })
    }
  }
  for (const [path, { code }] of seen) await write(join(target, toJs(relative(root, path))), code)
  for (const asset of assets) {
    if (relative(root, asset) === WORKFLOW_BUNDLE) continue
    await cp(asset, join(target, relative(root, asset)), { recursive: true })
  }
  await workspaces.write(target, new Set(seen.keys()))
  await writePrograms(artefact, target)
  return { files: [...seen.keys()].map((path) => relative(root, path)), packages }
}

async function read(root: string, path: string): Promise<Rewritten> {
  const replacement = replacements[relative(root, path)]
  return rewrite(path, await readFile(replacement === undefined ? path : join(root, replacement), 'utf8'))
}

type Manifest = { name: string; version: string; exports?: Record<string, string> }

function createWorkspaces(root: string) {
  const known = new Map<string, { folder: string; manifest: Manifest }>()
  return {
    /** The source file that `@intellidocs/name[/part]` stands for. */
    async resolve(specifier: string, from: string): Promise<string> {
      const name = packageOf(specifier)
      const folder = known.get(name)?.folder ?? await realFolder(name, from, root)
      const manifest = known.get(name)?.manifest ?? JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
      known.set(name, { folder, manifest })
      const entry = manifest.exports?.[`.${specifier.slice(name.length)}`]
      if (entry === undefined) throw new Error(`${name} does not export ${specifier}`)
      return join(folder, entry)
    },
    /** Each workspace gets what Node needs to find its files, and the link that names it. */
    async write(target: string, emitted: ReadonlySet<string>): Promise<void> {
      for (const { folder, manifest: { name, version, exports = {} } } of known.values()) {
        const place = relative(root, folder)
        const kept = Object.entries(exports).filter(([, entry]) => emitted.has(join(folder, entry))).map(([part, entry]) => [part, toJs(entry)])
        const own = { name, version, type: 'module', exports: Object.fromEntries(kept) as Record<string, string> }
        await write(join(target, place, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
        const link = join(target, 'node_modules', name)
        await mkdir(dirname(link), { recursive: true })
        await symlink(relative(dirname(link), join(target, place)), link)
      }
    },
  }
}

async function realFolder(name: string, from: string, root: string): Promise<string> {
  const linked = findPackage(name, from, root)
  if (linked === undefined) throw new Error(`${name} is not linked into node_modules: run npm ci`)
  return join(root, 'packages', name.slice(SCOPE.length))
}

async function writePrograms({ name, programs }: Artefact, target: string): Promise<void> {
  const manifest = { name: `intellidocs-${name}`, private: true, type: 'module', engines: { node: '>=24' } }
  await write(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  for (const [program, entry] of Object.entries(programs)) await write(join(target, `${program}.js`), `import './${toJs(entry)}'\n`)
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
