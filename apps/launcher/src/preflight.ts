import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { FolderLockedError, lockFolder, type FolderLock } from '@intellidocs/db'
import { environmentWith, isFree } from '@intellidocs/kernel'
import { programs } from './services.ts'
import { StartError } from './start-error.ts'

const NODE_MAJOR = 24
/** Less than this and the database's first write may already fail. */
const LEAST_FREE_BYTES = 500_000_000

export function checkNode(): void {
  const major = Number(process.versions.node.split('.')[0])
  if (major < NODE_MAJOR) throw new StartError(`this is Node ${process.versions.node}, and Node ${NODE_MAJOR} is needed`, 'use npm start, which brings its own')
}

export function checkPrograms(): void {
  for (const file of Object.values(programs)) {
    if (!existsSync(file)) throw new StartError(`${file} is missing`, 'the clone is incomplete: git status, git checkout')
  }
}

/** Makes the data folder and takes it for this process. */
export async function takeDataFolder(dataDir: string): Promise<FolderLock> {
  try {
    mkdirSync(join(dataDir, 'launcher'), { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartError(`the data folder ${dataDir} cannot be written (${reason})`, 'free or own it, or name another: DATA_DIR=/some/where npm start')
  }
  checkSpace(dataDir)
  try {
    return await lockFolder(join(dataDir, 'launcher'))
  } catch (error) {
    if (!(error instanceof FolderLockedError)) throw error
    throw new StartError(`${error.message.replace('/launcher is', ' is')}`, 'stop that one, or name another folder: DATA_DIR=/some/where npm start')
  }
}

function checkSpace(dataDir: string): void {
  const { bavail, bsize } = statfsSync(dataDir)
  const free = bavail * bsize
  if (free >= LEAST_FREE_BYTES) return
  throw new StartError(`the disk of the data folder ${dataDir} is full: ${(free / 1e6).toFixed(0)} MB are free`, `free ${LEAST_FREE_BYTES / 1e6} MB, or name another folder: DATA_DIR=/some/where npm start`)
}

export async function checkPort(port: number): Promise<void> {
  if (port === 0 || await isFree(port)) return
  throw new StartError(`port ${port} is in use`, `stop the program that has it, or take another: PORT=${port === 65_535 ? 3001 : port + 1} npm start`)
}

/** The Temporal CLI: `temporal` on the path, else the one that set-up put into the cache. */
export function findTemporal(): string {
  const path = environmentWith({})['PATH'] ?? ''
  const cached = join(homedir(), '.cache', 'intellidocs', 'temporal-cli-1.5.1')
  for (const folder of [...path.split(delimiter), cached]) {
    const candidate = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal')
    if (existsSync(candidate)) return candidate
  }
  throw new StartError('the Temporal CLI is missing', 'run node scripts/setup.mjs, or set TEMPORAL_ADDRESS to a server of your own')
}
