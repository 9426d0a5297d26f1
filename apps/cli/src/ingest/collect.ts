import { createHash } from 'node:crypto'
import { opendir, stat } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'

const LONGEST_NAME = 300

export type LocalFile = { readonly path: string; readonly name: string; readonly size: number; readonly mtimeMs: number }
export type Collected = { readonly files: LocalFile[]; readonly problems: { readonly path: string; readonly message: string }[] }

/**
 * Every file of the given files and folders, in a stable order, each once. Hidden files and folders found on the way are passed by; named
 * outright they count. What cannot be read is a problem with its path, and the rest goes on.
 */
export async function collectFiles(paths: readonly string[]): Promise<Collected> {
  const walk: Walk = { files: new Map(), problems: [], folders: new Set() }
  for (const path of paths) await collect(resolve(path), walk)
  return { files: [...walk.files.values()], problems: walk.problems }
}

/** `folders` are those walked already, by device and inode: links may lead back to one. */
type Walk = { files: Map<string, LocalFile>; problems: { path: string; message: string }[]; folders: Set<string> }

async function collect(path: string, walk: Walk): Promise<void> {
  const { files, problems, folders } = walk
  try {
    const facts = await stat(path)
    const folder = `${facts.dev} ${facts.ino}`
    if (facts.isFile()) files.set(path, { path, name: documentNameOf(path), size: facts.size, mtimeMs: facts.mtimeMs })
    else if (facts.isDirectory()) {
      if (folders.has(folder)) return
      folders.add(folder)
      for (const name of await visibleNames(path)) await collect(join(path, name), walk)
    } else problems.push({ path, message: 'neither a file nor a folder' })
  } catch (error) {
    problems.push({ path, message: describe(error) })
  }
}

async function visibleNames(folder: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of await opendir(folder)) if (!name.startsWith('.')) names.push(name)
  return names.sort()
}

/** Disks allow names that the archive refuses: control characters, halves of letters, more than 300 characters. The extension stays. */
export function documentNameOf(path: string): string {
  const name = basename(path).toWellFormed().normalize('NFC').replace(/\p{Cc}/gu, '_')
  const extension = extname(name)
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - extension.length).toWellFormed()}${extension}`
}

const SENTENCES: Record<string, string> = {
  ENOENT: 'there is no such file', EACCES: 'may not be read', ELOOP: 'links in a circle', ENAMETOOLONG: 'the path is too long',
}

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return SENTENCES[code] ?? (error instanceof Error ? error.message : String(error))
}

/**
 * The same file sent to the same folder has the same key, so a command that is repeated after a crash names the documents it made already.
 * `round` is anything that makes a new document on purpose.
 */
export function idempotencyKeyOf(file: LocalFile, folderId: string | null, round = ''): string {
  const facts = JSON.stringify([file.path, file.size, file.mtimeMs, folderId, round])
  return `cli-${createHash('sha256').update(facts).digest('hex')}`
}
