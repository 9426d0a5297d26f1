import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError } from './failure.ts'

const installation = z.object({ token: z.string(), org: z.string().nullable(), email: z.string().nullable() })
const settings = z.object({ current: z.string().nullable(), installations: z.record(z.string(), installation) })

export type Settings = z.infer<typeof settings>

/** What the terminal remembers between commands: the token of each installation, and which one was used last. */
export type SettingsStore = {
  readonly dir: string
  read(): Promise<Settings>
  change(work: (settings: Settings) => void): Promise<void>
}

/** `$XDG_CONFIG_HOME/intellidocs`, by default `~/.config/intellidocs`. */
export function settingsDir(env: Record<string, string | undefined>): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'intellidocs')
}

/** Tokens open an account: file and folder are their owner's alone, also where they were not before. */
export function createSettingsStore(dir: string): SettingsStore {
  const path = join(dir, 'config.json')

  async function read(): Promise<Settings> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { current: null, installations: {} }
      throw error
    }
    try {
      return settings.parse(JSON.parse(text))
    } catch {
      throw new CommandError(`${path} is not what "intellidocs login" writes. Remove it and sign in again.`)
    }
  }

  async function change(work: (settings: Settings) => void): Promise<void> {
    const now = await read()
    work(now)
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await chmod(dir, 0o700)
    const part = `${path}.${randomUUID()}`
    try {
      await writeFile(part, `${JSON.stringify(now, null, 2)}\n`, { mode: 0o600 })
      await rename(part, path)
    } finally {
      await rm(part, { force: true })
    }
  }

  return { dir, read, change }
}
