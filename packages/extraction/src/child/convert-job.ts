import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ExtractionError } from '../errors.ts'
import { convertedName, profileName, sourceName } from '../fallback/names.ts'
import { behindWalls } from '../sandbox/walls.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { emit } from './emit.ts'

type ConvertRequest = Extract<ChildRequest, { job: 'convert' }>

const run = promisify(execFile)

/** With a new profile it ends once with this, and wants to be started again. */
const wantsRestart = 81
const maxWords = 1024 ** 2

type Setting = readonly [path: string, name: string, value: string | number | boolean]
/** No macro runs, nothing that a document links to is fetched (0: never in texts, 1: never in sheets), and no Java is started. */
const settings: readonly Setting[] = [
  ['Office.Common/Security/Scripting', 'MacroSecurityLevel', 3],
  ['Office.Common/Security/Scripting', 'DisableMacrosExecution', true],
  ['Office.Common/Security/Scripting', 'BlockUntrustedRefererLinks', true],
  ['Office.Writer/Content/Update', 'Link', 0],
  ['Office.Calc/Content/Update', 'Link', 1],
  ['Office.Java/VirtualMachine', 'Enable', false],
]

function writeProfile(folder: string): void {
  const items = settings.map(([path, name, value]) => `<item oor:path="/org.openoffice.${path}"><prop oor:name="${name}" oor:op="fuse"><value>${String(value)}</value></prop></item>`)
  mkdirSync(join(folder, 'user'), { recursive: true })
  writeFileSync(join(folder, 'user', 'registrymodifications.xcu'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">${items.join('')}</oor:items>\n`)
}

type Ended = { signal?: string | null; code?: unknown; stderr?: string }

function failureOf({ signal, code, stderr = '' }: Ended): ExtractionError {
  if (signal === 'SIGXCPU' || signal === 'SIGKILL') return new ExtractionError('cpu_limit', 'LibreOffice took too long for a file')
  if (signal === 'SIGXFSZ') return new ExtractionError('output_limit', 'LibreOffice wrote more than is allowed')
  if (/bad_alloc|memory/i.test(stderr)) return new ExtractionError('memory_limit', 'LibreOffice took more memory than is allowed')
  return new ExtractionError('corrupt', `LibreOffice ended with ${String(signal ?? code)}`)
}

/** Has LibreOffice write a file as an OpenDocument, beside a copy of it in the folder of the child. That it ends well is no proof: the file is. */
export async function convertJob({ path, program, filter, to, limits, walls }: ConvertRequest): Promise<void> {
  const folder = process.cwd()
  copyFileSync(path, join(folder, sourceName))
  writeProfile(join(folder, profileName))
  const command = [
    program, '--headless', '--norestore', '--nolockcheck', '--nodefault', '--nologo', `-env:UserInstallation=${pathToFileURL(join(folder, profileName)).href}`,
    `--infilter=${filter}`, '--convert-to', to, '--outdir', folder, join(folder, sourceName),
  ]
  // The network is cut off already.
  const [file, ...args] = behindWalls({ ...walls, namespace: 'none' }, command, limits, { addressSpace: false })
  for (let again = true; ;) {
    try {
      await run(file, args, { maxBuffer: maxWords })
      break
    } catch (error) {
      const ended = error as Ended
      if (!again || ended.code !== wantsRestart) throw failureOf(ended)
      again = false
    }
  }
  if (!existsSync(join(folder, convertedName(to)))) throw new ExtractionError('corrupt', 'LibreOffice cannot read the file')
  emit({ type: 'done', pages: 0 })
}
