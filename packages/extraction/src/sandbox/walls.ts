import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Limits } from '../types.ts'

const run = promisify(execFile)

/** What this machine can put around a child. What is missing is kept by the watchdog alone and told by `sandboxWalls`. */
export type Walls = {
  /** `user-net` has an own user and network namespace, `net` only the latter, `none` leaves the network to the child's own refusal. */
  namespace: 'user-net' | 'net' | 'none'
  rlimits: boolean
  dieWithParent: boolean
}

const namespaceArguments = {
  'user-net': ['unshare', '--user', '--map-current-user', '--net', '--'],
  'net': ['unshare', '--net', '--'],
  'none': [],
} as const

async function works(command: readonly string[]): Promise<boolean> {
  const [file, ...args] = [...command, 'true']
  try {
    await run(file, args, { timeout: 5_000 })
    return true
  } catch {
    // The answer is the point: a missing tool, a refused namespace and a time-out all mean "not here".
    return false
  }
}

async function probe(): Promise<Walls> {
  if (process.platform !== 'linux') return { namespace: 'none', rlimits: false, dieWithParent: false }
  const [userNet, net, rlimits, dieWithParent] = await Promise.all([
    works(namespaceArguments['user-net']), works(namespaceArguments.net), works(['prlimit', '--core=0', '--']),
    works(['setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--']),
  ])
  return { namespace: userNet ? 'user-net' : net ? 'net' : 'none', rlimits, dieWithParent }
}

let probed: Promise<Walls> | undefined

/** The walls of this machine, tried once in the life of the process. */
export function sandboxWalls(): Promise<Walls> {
  probed ??= probe()
  return probed
}

/** Node reserves far more addresses than it uses, so for it the data it may write to is bounded; about two thirds of this becomes resident. */
const dataFactor = 1.5
/** Threads of Node, libvips and tesseract together; a fork bomb meets this inside an own user namespace, where only its own are counted. */
const maxThreads = 160
const maxOpenFiles = 256

/**
 * The command that runs `command` behind the walls. No wrapper forks, so the pid, the group and the signals are the command's own.
 * `setpriv` comes last: a change of credentials clears the death signal. `addressSpace` is for native tools; Node reserves far more than it uses.
 */
export function behindWalls(walls: Walls, command: readonly string[], limits: Limits, options: { addressSpace: boolean }): [string, ...string[]] {
  const cpu = Math.ceil(limits.cpuSeconds)
  const rlimits = [
    'prlimit', `--cpu=${cpu}:${cpu + 1}`, `--fsize=${limits.unpackedBytes}`, '--core=0', `--nofile=${maxOpenFiles}`,
    ...(walls.namespace === 'user-net' ? [`--nproc=${maxThreads}`] : []),
    options.addressSpace ? `--as=${limits.memoryBytes}` : `--data=${Math.floor(limits.memoryBytes * dataFactor)}`, '--',
  ]
  const [file = '', ...args] = [
    ...namespaceArguments[walls.namespace], ...(walls.rlimits ? rlimits : []),
    ...(walls.dieWithParent ? ['setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'] : []), ...command,
  ]
  return [file, ...args]
}
