import { hash as digest } from 'node:crypto'
import { lstat, rename, rm } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { join, resolve } from 'node:path'
import { ExtractionError } from '../errors.ts'
import { runChild } from '../sandbox/run-child.ts'
import { sandboxWalls } from '../sandbox/walls.ts'
import type { Limits } from '../types.ts'
import { convertedName, profileName } from './names.ts'
import type { Office } from './office.ts'
import type { Way } from './ways.ts'

export type ConvertInput = { path: string; /** Where the OpenDocument is put. */ to: string; workDir: string; way: Way; office: Office; limits: Limits; signal: AbortSignal }

/** LibreOffice opens a socket outside its folders, named by its user and its profile, and one that is killed leaves it there. */
export function socketName(profileUrl: string): string {
  // Each byte of the sum by itself, without a zero before it.
  const sum = [...digest('md5', Buffer.from(profileUrl, 'utf16le'), 'buffer')].map((byte) => byte.toString(16)).join('')
  return `OSL_PIPE_${process.getuid?.() ?? 0}_SingleOfficeIPC_${sum}`
}

async function removeSocket(folder: string): Promise<void> {
  const name = socketName(pathToFileURL(join(folder, profileName)).href)
  await Promise.all(['/tmp', '/var/tmp'].map((place) => rm(join(place, name), { force: true })))
}

/**
 * Has LibreOffice read a file and write it as an OpenDocument, in a child behind the walls of every other: no network, a profile of its own, no macros, no
 * links followed, limits, and nothing of it left.
 *
 * @throws ExtractionError `corrupt` (LibreOffice does not read it either), or the limit that was crossed; `cancelled`
 */
export async function convertByOffice({ path, to, workDir, way, office, limits, signal }: ConvertInput): Promise<void> {
  await runChild({
    request: { job: 'convert', path: resolve(path), program: office.program, filter: way.filter, to: way.to, limits, walls: await sandboxWalls() },
    workDir, limits, signal,
    onRecord: () => {},
    keep: async (folder) => {
      await rename(join(folder, convertedName(way.to)), to)
      // A link to another file would be read in its place.
      const facts = await lstat(to)
      if (!facts.isFile() || facts.nlink !== 1) throw new ExtractionError('internal', 'what LibreOffice left is no plain file', { mime: way.mime })
    },
    onEnd: removeSocket,
  })
}
