import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

const root = join(import.meta.dirname, '..', '..')

/** Servers of the person who runs the tests are nobody's test data. */
const withoutServers = { DATABASE_URL: '', DATABASE_ADMIN_URL: '', TEMPORAL_ADDRESS: '', BLOBS: '', SECRET_KEY: '', ADMIN_EMAIL: '', ADMIN_PASSWORD: '', PUBLIC_URL: '', SMTP_URL: '', NO_COLOR: '1' }

export type Program = {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<number | string>
  stdout(): string
  stderr(): string
  /** Settles when both outputs together contain this; fails when the program ends before. */
  says(text: string): Promise<void>
}

/** Starts one of the launcher's programs as `npm start` and `npm run demo` do. */
export function launch(program: 'start' | 'demo', env: Record<string, string> = {}): Program {
  const child = spawn('node', [join(root, 'apps', 'launcher', 'src', `${program}.ts`)], { cwd: root, env: { ...process.env, ...withoutServers, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')))
  return {
    child, ended, stdout: () => said.stdout, stderr: () => said.stderr,
    async says(text) {
      const heard = new Promise<void>((resolve) => {
        const look = (): void => { if (`${said.stdout}${said.stderr}`.includes(text)) resolve() }
        listeners.add(look)
        look()
      })
      const end = ended.then((how) => { throw new Error(`it ended (${how}) and never said "${text}":\n${said.stdout}\n${said.stderr}`) })
      await Promise.race([heard, end])
    },
  }
}

/** Every process whose arguments or environment name the folder, by its process id; Linux only. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8')
      return Number(name) !== process.pid && `${command}${environment}`.includes(folder) ? [{ pid: Number(name), command }] : []
    } catch {
      return [] // it ended between the two looks, or belongs to somebody else
    }
  })
}
