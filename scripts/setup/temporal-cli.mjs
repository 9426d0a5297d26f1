import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { onPath } from './on-path.mjs'
import { run, SetupError } from './report.mjs'

const temporalVersion = '1.5.1'
const cache = join(homedir(), '.cache', 'intellidocs', `temporal-cli-${temporalVersion}`)
const binary = process.platform === 'win32' ? 'temporal.exe' : 'temporal'

/**
 * SHA-256 of the official release archives, as two independent package collections record them. A download that does not match is
 * thrown away and the build from source is used, so a wrong figure here costs three minutes and nothing else.
 */
const checksums = {
  'linux-x64': ['linux_amd64', 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d'],
  'linux-arm64': ['linux_arm64', 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5'],
  'darwin-x64': ['darwin_amd64', 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9'],
  'darwin-arm64': ['darwin_arm64', 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415'],
}

/**
 * Finds the Temporal CLI or gets it, in this order: a server of your own (TEMPORAL_ADDRESS), `temporal` on the path, the cache,
 * the official release, a build by Go. Tests run the pinned version from the cache, whatever else is there.
 */
export async function ensureTemporal(report, { forTests = false } = {}) {
  if (existsSync(join(cache, binary))) return
  if (!forTests && (process.env.TEMPORAL_ADDRESS || onPath('temporal') !== null)) return
  mkdirSync(cache, { recursive: true })
  if (await download(report)) return
  await build(report)
}

async function download(report) {
  const [name, checksum] = checksums[`${process.platform}-${process.arch}`] ?? []
  if (name === undefined) return false
  const url = `https://github.com/temporalio/cli/releases/download/v${temporalVersion}/temporal_cli_${temporalVersion}_${name}.tar.gz`
  const work = mkdtempSync(join(cache, 'download-'))
  try {
    await report.step(`Temporal CLI ${temporalVersion}, official release`, async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(180_000) })
      if (!response.ok) throw new Error(`the server answered ${response.status}`)
      const bytes = Buffer.from(await response.arrayBuffer())
      const found = createHash('sha256').update(bytes).digest('hex')
      if (found !== checksum) throw new Error(`its checksum is ${found}, not ${checksum}`)
      writeFileSync(join(work, 'release.tar.gz'), bytes)
      await run('tar', ['-xzf', 'release.tar.gz', binary], { cwd: work, mend: 'install tar' })
      keep(join(work, binary))
    })
    return true
  } catch (error) {
    report.say(`the official release is not to be had here (${error.cause?.code ?? error.message}); building it instead`)
    return false
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function build(report) {
  const mend = `install Go (https://go.dev/dl), or put temporal ${temporalVersion} on the PATH, or set TEMPORAL_ADDRESS to a server of your own`
  if (onPath('go') === null) throw new SetupError('the Temporal CLI is missing and there is no Go to build it', mend)
  const work = mkdtempSync(join(cache, 'build-'))
  try {
    await report.step(`Temporal CLI ${temporalVersion}, built by Go (about 3 minutes, once)`, () =>
      run('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`], { env: { GOBIN: work }, mend }))
    keep(join(work, binary))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Moves a binary that runs into the cache in one step, so that the cache never holds half of one. */
function keep(file) {
  execFileSync(file, ['--version'], { stdio: 'ignore' })
  renameSync(file, join(cache, binary))
}
