import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { ExtractionError } from '../errors.ts'
import { behindWalls, type Walls } from '../sandbox/walls.ts'
import type { Limits } from '../types.ts'
import { nothingSeen, type OcrEngine, type PageLook } from './engine.types.ts'
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

type Command = { walls: Walls; limits: Limits }
type Reading = { languages: readonly string[]; folder: string | null }

/** Runs tesseract on an image, behind its limits; answers what it prints. */
async function tesseract(image: GrayImage, { walls, limits }: Command, options: readonly string[]): Promise<string> {
  const page = join(process.cwd(), 'page.pgm')
  writeFileSync(page, toPgm(image))
  const dpi = image.dpi === null ? [] : ['--dpi', String(image.dpi)]
  const [file, ...args] = behindWalls(walls, ['tesseract', page, 'stdout', ...dpi, ...options], limits, { addressSpace: true })
  try {
    return (await run(file, args, { maxBuffer: limits.outputBytes, encoding: 'utf8' })).stdout
  } catch (error) {
    throw limitOf(error as Parameters<typeof limitOf>[0])
  } finally {
    rmSync(page, { force: true })
  }
}

async function recognize(image: GrayImage, { languages, folder }: Reading, command: Command): Promise<Recognized> {
  const data = folder === null ? [] : ['--tessdata-dir', folder]
  // Not by its configuration file of that name, which lies beside the installed data alone.
  return readTsv(await tesseract(image, command, ['-l', languages.join('+'), '--psm', '3', ...data, '-c', 'tessedit_create_tsv=1']), image)
}

/** Confidence of tesseract in the orientation of a page, under which it is wrong as often as not, and in its script, under which it guesses: of figures alone it is under a half, of two lines of Arabic 2. */
const [sureOrientation, sureScript] = [1, 1.5]

async function look(image: GrayImage, command: Command): Promise<PageLook> {
  try {
    const told = await tesseract(image, command, ['-l', 'osd', '--psm', '0'])
    const numberOf = (name: string): number => Number(new RegExp(`^${name}: ([\\d.]+)$`, 'm').exec(told)?.[1] ?? Number.NaN)
    const degrees = numberOf('Rotate')
    const isStanding = [0, 90, 180, 270].includes(degrees) && numberOf('Orientation confidence') >= sureOrientation
    const script = /^Script: (\w{1,40})$/m.exec(told)?.[1] ?? null
    return { degrees: isStanding ? degrees : null, script: numberOf('Script confidence') >= sureScript ? script : null }
  } catch (error) {
    // A page of few letters is none to it; every way is tried then.
    if (error instanceof ExtractionError && error.reason === 'ocr_failed') return nothingSeen
    throw error
  }
}

/** Native tesseract, one process a page, each behind its own limits; null where it is not installed. `walls` name no namespace: we are in one. */
export async function openNative(langs: readonly string[], walls: Walls, limits: Limits): Promise<OcrEngine | null> {
  const machine = await installed()
  if (machine === null) return null
  const has = (language: string) => machine.languages.includes(language) || bundledFile(language) !== null
  const { languages, missing } = chooseLanguages(langs, has)
  if (languages.length === 0) throw new ExtractionError('ocr_failed', 'no language data for tesseract')
  const command = { walls, limits }
  const folders = new Map<string, string | null>()
  const folderOf = (wanted: readonly string[]): string | null => {
    const key = wanted.join('+')
    if (!folders.has(key)) folders.set(key, dataFolder(wanted, machine))
    return folders.get(key) ?? null
  }
  return {
    name: 'tesseract', version: machine.version, languages, missing, has, close: async () => {},
    recognize: (image, wanted) => recognize(image, { languages: wanted, folder: folderOf(wanted) }, command),
    ...(machine.languages.includes('osd') ? { look: (image: GrayImage) => look(image, command) } : {}),
  }
}
