import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Limits } from '../types.ts'

const inProject = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
/** Folders may be linked into place; Node's guard asks for the link and for what it leads to. */
const bothPaths = (path: string) => (existsSync(path) ? [...new Set([path, realpathSync(path)])] : [])
/** Share of the memory limit that JavaScript objects may take; the rest is for buffers and WebAssembly. */
const heapShare = 0.75

/** `reader` reads file after file, the others one; only `ocr` and `convert` may start programs, and only `ocr` threads. */
export type ChildKind = 'reader' | 'identify' | 'ocr' | 'convert' | 'picture' | 'searchable'
const main = fileURLToPath(new URL('../child/main.ts', import.meta.url))
const entries: Record<ChildKind, string> = { reader: fileURLToPath(new URL('../child/reader.ts', import.meta.url)), identify: main, ocr: main, convert: main, picture: main, searchable: main }
// Where a machine lacks a language, the data of the others is copied beside ours, so native tesseract's folder must be readable.
const ocrGrants = ['--allow-child-process', '--allow-worker', '--allow-fs-read=/usr/share', '--allow-fs-read=/usr/local/share']
const grants: Partial<Record<ChildKind, readonly string[]>> = { ocr: ocrGrants, convert: ['--allow-child-process'] }

let cache: string | null | undefined

/** Where compiled modules are kept: saves a child about 90 ms of computing. null where the folder of packages is read-only. */
function compileCache(): string | null {
  if (cache !== undefined) return cache
  const folder = join(inProject('node_modules'), '.cache', 'intellidocs-extraction')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    cache = folder
  } catch {
    // Without it everything works, only slower.
    cache = null
  }
  return cache
}

/** The program that a test runs in place of ours, without Node's own guard, so that the outer walls are what is tested. */
export type OtherProgram = { entry: string }

/**
 * Node with as little as the job needs: it may read its own code, what is in `readable` and its folder, and write only there. This guard
 * stops what a parser may be talked into; the walls around the process stop the rest.
 */
export function nodeCommand(job: { kind: ChildKind; folder: string; readable: readonly string[]; limits: Limits; other?: OtherProgram }): {
  command: string[]
  env: NodeJS.ProcessEnv
} {
  const { kind, folder, limits, other } = job
  const heapMb = Math.max(64, Math.floor((limits.memoryBytes / 1024 ** 2) * heapShare))
  const compiled = other === undefined ? compileCache() : null
  const code = ['node_modules', 'package.json', 'packages/extraction'].map(inProject)
  const guard = [
    '--permission',
    '--allow-addons',
    ...[...code, folder, ...job.readable].flatMap(bothPaths).map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-write=${folder}`,
    ...(compiled === null ? [] : bothPaths(compiled).flatMap((path) => [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`])),
    ...(grants[kind] ?? []),
  ]
  return {
    command: [
      process.execPath, `--max-old-space-size=${heapMb}`, '--no-warnings', ...(kind === 'reader' ? ['--expose-gc'] : []),
      ...(other === undefined ? guard : []), other?.entry ?? entries[kind],
    ],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      OMP_THREAD_LIMIT: '1',
      UV_THREADPOOL_SIZE: '2',
      ...(compiled === null ? {} : { NODE_COMPILE_CACHE: compiled }),
    },
  }
}
