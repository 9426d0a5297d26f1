import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { ExtractionError } from '../errors.ts'
import { behindWalls, type Walls } from '../sandbox/walls.ts'
import type { Limits } from '../types.ts'
import type { OcrEngine } from './engine.types.ts'
import { toPgm, type GrayImage } from './gray-image.ts'
import { bundledFile, chooseLanguages } from './language-data.ts'
import { readTsv, type Recognized } from './tsv.ts'

const run = promisify(execFile)

type Installed = { folder: string; version: string; languages: string[] }

/** The languages of the tesseract on PATH; null where there is none. */
async function installed(): Promise<Installed | null> {
  try {
    const [{ stdout }, told] = await Promise.all([run('tesseract', ['--list-langs'], { timeout: 10_000 }), run('tesseract', ['--version'], { timeout: 10_000 })])
    const folder = /"([^"]+)"/.exec(stdout)?.[1]
    return folder === undefined
      ? null
      : {
          folder,
          // Some builds say it on stderr.
          version: /^tesseract v?([\w.+-]{1,40})/m.exec(told.stdout + told.stderr)?.[1] ?? 'unknown',
          languages: stdout
            .split('\n')
            .slice(1)
            .map((line) => line.trim())
            .filter((line) => line !== ''),
        }
  } catch {
    // Not installed, or so broken that it cannot list its languages: the other engine is used, and the result names it.
    return null
  }
}

/** A folder with the installed data of `languages` and, for those the machine lacks, the data of our packages. null: the usual folder has all. */
function dataFolder(languages: readonly string[], machine: Installed): string | null {
  const lacking = languages.filter((language) => !machine.languages.includes(language))
  if (lacking.length === 0) return null
  const folder = join(process.cwd(), 'tessdata')
  mkdirSync(folder, { recursive: true })
  for (const language of languages) {
    const file = `${language}.traineddata`
    const packed = lacking.includes(language) ? bundledFile(language) : null
    if (packed === null) copyFileSync(join(machine.folder, file), join(folder, file))
    else writeFileSync(join(folder, file), gunzipSync(readFileSync(packed)))
  }
  return folder
}

function limitOf(error: { signal?: string | null; stderr?: string; code?: unknown }): ExtractionError {
  const words = (error.stderr ?? '').slice(0, 300)
  if (error.signal === 'SIGXCPU' || error.signal === 'SIGKILL') return new ExtractionError('cpu_limit', 'tesseract took too long for a page')
  if (/bad_alloc|memory|pixCreate.*fail/i.test(words) || error.signal === 'SIGABRT') return new ExtractionError('memory_limit', `tesseract: ${words}`)
  return new ExtractionError('ocr_failed', `tesseract ended with ${String(error.signal ?? error.code)}: ${words}`)
}

async function recognize(
  image: GrayImage,
  command: { walls: Walls; limits: Limits; languages: string[]; folder: string | null },
): Promise<Recognized> {
  const page = join(process.cwd(), 'page.pgm')
  writeFileSync(page, toPgm(image))
  const tesseract = [
    'tesseract',
    page,
    'stdout',
    '-l',
    command.languages.join('+'),
    '--psm',
    '3',
    ...(command.folder === null ? [] : ['--tessdata-dir', command.folder]),
    ...(image.dpi === null ? [] : ['--dpi', String(image.dpi)]),
    'tsv',
  ]
  const [file, ...args] = behindWalls(command.walls, tesseract, command.limits, { addressSpace: true })
  try {
    const { stdout } = await run(file, args, { maxBuffer: command.limits.outputBytes, encoding: 'utf8' })
    return readTsv(stdout, image)
  } catch (error) {
    throw limitOf(error as Parameters<typeof limitOf>[0])
  } finally {
    rmSync(page, { force: true })
  }
}

/** Native tesseract, one process a page, each behind its own limits; null where it is not installed. `walls` name no namespace: we are in one. */
export async function openNative(langs: readonly string[], walls: Walls, limits: Limits): Promise<OcrEngine | null> {
  const machine = await installed()
  if (machine === null) return null
  const { languages, missing } = chooseLanguages(langs, (language) => machine.languages.includes(language) || bundledFile(language) !== null)
  if (languages.length === 0) throw new ExtractionError('ocr_failed', 'no language data for tesseract')
  const command = { walls, limits, languages, folder: dataFolder(languages, machine) }
  return { name: 'tesseract', version: machine.version, languages, missing, recognize: (image) => recognize(image, command), close: async () => {} }
}
