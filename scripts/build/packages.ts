import { constants, existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

type Manifest = {
  name: string
  version: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** Named as peers for their types; nothing at run time loads them. */
const TYPES_ONLY = new Set(['typescript'])

/** Prisma's compilers for other databases, and its slower one for ours: 50 MB. */
const OTHER_DATABASES = /\/@prisma\/client\/runtime\/query_compiler_(?!fast_bg\.postgresql\.)/

/** Fonts that nothing is printed with: 8 MB. */
const OTHER_FONTS = /\/dejavu-fonts-ttf\/(?:ttf\/DejaVu(?!Sans\.|Sans-Bold\.|SansMono\.|Serif-Bold\.)|(?:status|unicover|langcover)\.txt$)/

/** Not needed to run: types, source maps, and TypeScript that packages ship beside their JavaScript. */
const LEFT_OUT = /\.(d\.[cm]?ts|[cm]?ts|tsx|map|tsbuildinfo)$/

export const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The folder of a package as Node finds it from `from`, up to `root`; undefined when it is not installed. */
export function findPackage(name: string, from: string, root: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (folder === root) return undefined
  }
}

/**
 * The folders of all packages that those named need in production, themselves included. Optional packages and peers count where they are
 * installed for another reason than being optional; a missing dependency is an error.
 */
export function productionPackages(wanted: readonly { name: string; from: string }[], root: string): string[] {
  const folders = new Set<string>()
  const waiting = wanted.map((each) => ({ ...each, needed: true }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = findPackage(next.name, next.from, root)
    if (folder === undefined) {
      if (next.needed) throw new Error(`the package ${next.name}, needed by ${relative(root, next.from)}, is not installed`)
      continue
    }
    if (folders.has(folder)) continue
    folders.add(folder)
    const manifest = readManifest(folder)
    const optional = Object.keys(manifest.optionalDependencies ?? {})
    const peers = Object.keys(manifest.peerDependencies ?? {})
      .filter((name) => manifest.peerDependenciesMeta?.[name]?.optional !== true && !TYPES_ONLY.has(name))
    const dependencies = Object.keys(manifest.dependencies ?? {}).filter((name) => !optional.includes(name))
    for (const name of dependencies) waiting.push({ name, from: folder, needed: true })
    for (const name of [...optional, ...peers]) waiting.push({ name, from: folder, needed: false })
  }
  return [...folders].sort()
}

/** Copies packages to the same place below `target`, without the packages inside them, which are named themselves where they are needed. */
export async function copyPackages(folders: readonly string[], { root, target }: { root: string; target: string }): Promise<void> {
  const waiting = [...folders]
  const copyAll = async (): Promise<void> => {
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) await copyFolder(folder, join(target, relative(root, folder)))
  }
  await Promise.all(Array.from({ length: 8 }, copyAll))
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const path = join(from, entry.name)
    if (!isNeeded(path)) continue
    if (entry.isDirectory()) await copyFolder(path, join(to, entry.name))
    else await copyFile(path, join(to, entry.name), constants.COPYFILE_FICLONE)
  }
}

function isNeeded(path: string): boolean {
  if (basename(path) === 'node_modules' || LEFT_OUT.test(path) || OTHER_DATABASES.test(path) || OTHER_FONTS.test(path)) return false
  // Compiled for each platform in one package; only this machine's can be loaded here.
  const build = /\/@temporalio\/core-bridge\/releases\/([^/]+)$/.exec(path)?.[1]
  return build === undefined || (build.startsWith(`${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-`) && build.includes(process.platform))
}
