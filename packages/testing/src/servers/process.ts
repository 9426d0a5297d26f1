import { spawnSync } from 'node:child_process'

/** Postgres refuses to run as root; every Unix has this user. */
export const NOBODY = 65534
export const asRoot = process.getuid?.() === 0

/**
 * The command line that runs a program bound to this process: on Linux it gets `signal` (default TERM) when we die, so that a killed test run
 * leaves no server behind. With `asNobody` it does not run as root.
 */
export function bound(program: string, args: string[], options: { asNobody?: boolean; signal?: 'TERM' | 'INT' } = {}): [string, string[]] {
  const asNobody = options.asNobody === true && asRoot
  if (process.platform !== 'linux' || spawnSync('setpriv', ['--version']).status !== 0) {
    if (asNobody) throw new Error('PostgreSQL does not run as root, and setpriv is missing')
    return [program, args]
  }
  const user = asNobody ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []
  return ['setpriv', ['--pdeathsig', options.signal ?? 'TERM', ...user, program, ...args]]
}
