import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { environmentWith } from '@intellidocs/kernel'

const root = join(import.meta.dirname, '..', '..', '..')
const program = join(root, 'apps', 'cli', 'bin', 'intellidocs.mjs')
const MINUTE = 60_000

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }
/** Runs `intellidocs` with these words, as at a terminal in the folder of the product. */
export type Terminal = (...words: string[]) => Promise<Ran>

type Where = {
  readonly url: string
  /** Absent: nobody is signed in. */
  readonly token?: string
  readonly org?: string
  /** In place of the settings of whoever started the demo. */
  readonly configDir: string
}

/** The command line as a program of its own: what it prints is what a person reads. Never rejects for a command that fails. */
export function createTerminal({ url, token = '', org = '', configDir }: Where): Terminal {
  const env = environmentWith({ INTELLIDOCS_URL: url, INTELLIDOCS_TOKEN: token, INTELLIDOCS_ORG: org, XDG_CONFIG_HOME: configDir, NO_COLOR: '1' })
  return (...words) => new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...words], { cwd: root, env, timeout: MINUTE, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else reject(error)
    })
  })
}
