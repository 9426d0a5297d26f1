import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = 'intellidocs-backup.json'
const MARK = `${JSON.stringify({ kind: 'intellidocs-backup', format: 1 })}\n`

/** Whether a path is a folder that holds backups. Apart from the rest because every `restore` asks it. */
export async function isBackupFolder(dir: string): Promise<boolean> {
  return await readFile(join(dir, NAME), 'utf8').catch(() => '') === MARK // no such file, or no folder at all
}

export const markBackupFolder = (dir: string): Promise<void> => writeFile(join(dir, NAME), MARK, { mode: 0o600 })
