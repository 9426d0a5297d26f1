import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, SetupError } from './report.mjs'

const nodeMajor = 24

/** Installs exactly what the lock file says, unless that is what node_modules already holds. @param {string} root */
export async function ensureDependencies(root, report) {
  if (isInstalled(root)) return
  await report.step('dependencies (npm ci)', () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root, mend: 'check the network and the npm registry, then run the command again',
  }))
}

/**
 * Compares package-lock.json with the copy npm keeps of what it installed. npm writes that copy last, so an interrupted
 * install counts as none. Optional packages may be absent: those are other platforms' binaries.
 */
function isInstalled(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const present = installed[path]
    if (present === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return present.version === entry.version
  })
}

/** The npm package `node` fetches the binary of its platform in an install script, which is the only one that runs. @param {string} root */
export async function ensureNode(root, report) {
  const binary = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (versionOf(binary) === nodeMajor) return
  const mend = `check the network, then run the command again; or use Node ${nodeMajor} yourself`
  await report.step(`Node ${nodeMajor}`, () => run('npm', ['rebuild', 'node', '--foreground-scripts'], { cwd: root, mend }))
  const found = versionOf(binary)
  if (found !== nodeMajor) throw new SetupError(`node_modules/.bin/node is ${found === null ? 'missing' : `Node ${found}`}, not Node ${nodeMajor}`, mend)
}

/** @returns {number | null} */
function versionOf(binary) {
  if (!existsSync(binary)) return null
  try {
    const version = execFileSync(binary, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return Number(/^v(\d+)/.exec(version)?.[1] ?? Number.NaN)
  } catch {
    return null // not executable on this machine: the caller fetches it again
  }
}
