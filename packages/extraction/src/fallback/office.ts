import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { sandboxWalls, type Walls } from '../sandbox/walls.ts'

/** The program itself, not the script that starts it: that would stay behind when its process is ended. */
export type Office = { readonly program: string; readonly version: string }

const run = promisify(execFile)
const folders = ['/usr/local/bin', '/usr/bin', '/bin']

async function find(): Promise<Office | null> {
  const link = folders.flatMap((folder) => ['soffice', 'libreoffice'].map((name) => join(folder, name))).find((path) => existsSync(path))
  const program = link === undefined ? '' : join(dirname(realpathSync(link)), 'soffice.bin')
  if (!existsSync(program)) return null
  try {
    const { stdout } = await run(program, ['--version'], { timeout: 30_000, env: { PATH: folders.join(':'), LANG: 'C.UTF-8' } })
    const version = /^LibreOffice\w* (\d[\d.]{0,39})/.exec(stdout)?.[1]
    return version === undefined ? null : { program, version }
  } catch {
    // So broken that it cannot say what it is: as if it were not there.
    return null
  }
}

let found: Promise<Office | null> | undefined

/**
 * The LibreOffice of this machine, looked for once in the life of the process; null where there is none. It fetches what documents point at, and unlike our readers
 * it cannot refuse the network by itself: where the machine gives a child no network of its own, there is none to use.
 */
export async function usableOffice(): Promise<Office | null> {
  if (!hidesNetwork(await sandboxWalls())) return null
  found ??= find()
  return found
}

export const hidesNetwork = ({ namespace }: Walls): boolean => namespace !== 'none'
