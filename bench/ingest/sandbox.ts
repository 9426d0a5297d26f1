import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createDocumentReader, defaultLimits, ocrPages, type Reuse } from '@intellidocs/extraction'
import { readJob } from '../../packages/extraction/src/child/read-job.ts'
import { rounded } from '../figures.ts'
import { writeTextPdf } from './long-pdf-file.ts'

const run = promisify(execFile)
const SMALL_FILES = 100
const SMALL_PAGES = 3
const LONG_PAGES = 1_000
const OCR_PAGES = 6
/** Clock ticks of /proc in a second. */
const TICKS = 100

type Say = (line: string) => void
type Cost = { pages: number; s: number; cpu_s: number; pages_per_s: number; pages_per_cpu_s: number }
type Way = { name: string; read: (path: string) => Promise<number>; close: () => Promise<void> }

const signal = new AbortController().signal

/** Seconds of computing of this process and of all its children that have ended. */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS
}

/** Runs on one core from here on, with everything started later, so that a second of the clock is at most one of computing. */
function stayOnOneCore(): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(process.pid)], { stdio: 'ignore' })
}

/** `warm-up` is read and not counted: a long-running worker pays for it once. */
async function cost(way: Way, { paths, warmUp }: { paths: readonly string[]; warmUp: readonly string[] }): Promise<Cost> {
  for (const path of warmUp) await way.read(path)
  const [cpu, since] = [cpuSeconds(), performance.now()]
  let pages = 0
  for (const path of paths) pages += await way.read(path)
  const s = (performance.now() - since) / 1000
  // Children count once they have ended. What they did for the warm-up is counted too; it is little beside the rest.
  await way.close()
  const used = cpuSeconds() - cpu
  return { pages, s: rounded(s, 2), cpu_s: rounded(used, 2), pages_per_s: rounded(pages / s), pages_per_cpu_s: rounded(pages / used) }
}

function sandboxed(name: string, tempDir: string, reuse: Partial<Reuse> = {}): Way {
  const reader = createDocumentReader({ tempDir, reuse })
  return {
    name,
    read: async (path) => {
      const workDir = await mkdtemp(join(tempDir, 'work-'))
      return (await reader.readDocument({ owner: 'bench', path, fileName: 'bench.pdf', workDir, signal })).pages.length
    },
    close: () => reader.close(),
  }
}

const inProcess: Way = {
  name: 'in_process',
  read: async (path) => {
    let pages = 0
    await readJob({ job: 'read', path, folder: tmpdir(), fileName: 'bench.pdf', password: null, limits: defaultLimits }, (record) => {
      if (record.type === 'page') pages += 1
    })
    return pages
  },
  close: async () => {},
}

const pdftotext: Way = {
  name: 'pdftotext',
  read: async (path) => (await run('pdftotext', [path, '-'], { maxBuffer: 256 * 1024 * 1024 })).stdout.split('\f').length - 1,
  close: async () => {},
}

async function compare(tempDir: string, of: { paths: readonly string[]; warmUp: readonly string[] }, say: Say): Promise<Record<string, Cost>> {
  const found: Record<string, Cost> = {}
  for (const way of [sandboxed('warm', tempDir), sandboxed('new_child_each', tempDir, { files: 1 }), inProcess, pdftotext]) {
    found[way.name] = await cost(way, of)
    say(`${way.name}: ${JSON.stringify(found[way.name])}`)
  }
  return found
}

/** Pages of a text, rendered at 300 dpi and recognized by native tesseract, one after the other; beside it tesseract alone on the same pages. */
async function recognition(tempDir: string, path: string, say: Say) {
  const pages = Array.from({ length: OCR_PAGES }, (_, index) => index + 1)
  const workDir = await mkdtemp(join(tempDir, 'ocr-'))
  let [cpu, since] = [cpuSeconds(), performance.now()]
  const { engine } = await ocrPages({ path, mime: 'application/pdf', pages, langs: ['eng'], workDir, signal, onPage: () => {}, engine: 'native' })
  const ours = { s: (performance.now() - since) / 1000, cpu: cpuSeconds() - cpu }
  say(`${engine}: ${OCR_PAGES} pages in ${rounded(ours.s)} s`)
  await run('pdftoppm', ['-r', '300', '-gray', '-l', String(OCR_PAGES), path, join(workDir, 'page')])
  const images = (await readdir(workDir)).filter((name) => name.endsWith('.pgm'));
  [cpu, since] = [cpuSeconds(), performance.now()]
  for (const image of images) await run('env', ['OMP_THREAD_LIMIT=1', 'tesseract', join(workDir, image), 'stdout', '-l', 'eng'])
  const bare = { s: (performance.now() - since) / 1000, cpu: cpuSeconds() - cpu }
  const perMinute = (seconds: number): number => rounded((OCR_PAGES / seconds) * 60)
  return {
    engine, pages: OCR_PAGES, pages_per_min: perMinute(ours.s), pages_per_cpu_min: perMinute(ours.cpu),
    bare_tesseract_pages_per_min: perMinute(bare.s), bare_tesseract_pages_per_cpu_min: perMinute(bare.cpu),
  }
}

/**
 * What reading costs by itself, one file at a time on one core, through the sandbox with readers kept warm; against a new child for each file, the same
 * parser in this process, and `pdftotext`. `files` are further PDF files of text. Needs Linux with `taskset`, `pdftotext`, `pdftoppm` and `tesseract`.
 */
export async function measureSandbox(files: readonly string[], say: Say) {
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-bench-sandbox-'))
  try {
    const small = Array.from({ length: SMALL_FILES }, (_, index) => join(folder, `small-${index}.pdf`))
    for (const [index, path] of small.entries()) await writeTextPdf(path, { pages: SMALL_PAGES, seed: index + 1 })
    const long = join(folder, 'long.pdf')
    await writeTextPdf(long, { pages: LONG_PAGES })
    stayOnOneCore()
    const warmUp = small.slice(0, 10)
    say(`${small.length} files of ${SMALL_PAGES} pages`)
    const sizes = { small: await compare(folder, { paths: small, warmUp }, say) }
    say(`one file of ${LONG_PAGES} pages`)
    const longOne = await compare(folder, { paths: [long], warmUp }, say)
    if (files.length > 0) say(`${files.length} given files`)
    const given = files.length === 0 ? {} : { given: await compare(folder, { paths: files, warmUp: files }, say) }
    return { ...sizes, long: longOne, ...given, ocr: await recognition(folder, long, say) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
