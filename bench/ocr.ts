// npm run bench:ocr
// What it takes to read pages that lie on their side or are skewed: a page of 300 words, drawn at 300 dpi and turned by us, read as it is and with mending.
// One JSON line last: keys in docs/benchmarks.md.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp, { type Sharp } from 'sharp'
import { ocrPages, type OcrPage } from '@intellidocs/extraction'
import { rounded } from './figures.ts'

const run = promisify(execFile)
const [width, height, size, words] = [2_480, 3_508, 46, 300]
const turns = [0, 1, 2, 3, 5, 8, 90, 180, 270, 92, 178]
const vocabulary = (
  'harbour master counted seven ships before breakfast on cold Monday morning nobody else was awake in the little town carpenter repaired three cradles near north ' +
  'quay storm had moved them against wall of timber shed where planks of larch and Douglas fir were drying for years'
).split(' ')

const text = Array.from({ length: words }, (_, at) => vocabulary[(at * 7 + (at % 11) * 3) % vocabulary.length] ?? '')

function page(): Sharp {
  const perLine = 10
  const lines = Array.from({ length: Math.ceil(words / perLine) }, (_, at) => text.slice(at * perLine, (at + 1) * perLine).join(' '))
  const drawn = lines.map((line, at) => `<text x="260" y="${420 + at * size * 1.9}">${line}</text>`).join('')
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/><g font-family="DejaVu Serif, serif" font-size="${size}">${drawn}</g></svg>`)).flatten({ background: '#fff' }).grayscale()
}

/** Share of the words of the page that were read, each as often as it stands there. */
function accuracy(found: string): number {
  const left = new Map<string, number>()
  for (const word of found.split(/\s+/)) left.set(word, (left.get(word) ?? 0) + 1)
  const hits = text.filter((word) => {
    const count = left.get(word) ?? 0
    left.set(word, count - 1)
    return count > 0
  })
  return hits.length / text.length
}

async function mended(path: string, workDir: string): Promise<string> {
  const pages: OcrPage[] = []
  await ocrPages({ path, mime: 'image/png', pages: [1], langs: ['eng'], workDir, signal: AbortSignal.timeout(120_000), onPage: (one) => pages.push(one) })
  return pages[0]?.text ?? ''
}

const asItIs = async (path: string): Promise<string> =>
  (await run('tesseract', [path, 'stdout', '-l', 'eng', '--dpi', '300'], { env: { ...process.env, OMP_THREAD_LIMIT: '1' }, maxBuffer: 1e7 })).stdout

const folder = await mkdtemp(join(tmpdir(), 'bench-ocr-'))
try {
  const workDir = join(folder, 'work')
  await mkdir(workDir)
  const upright = await page().png().toBuffer()
  const rows: Record<string, number>[] = []
  for (const degrees of turns) {
    const path = join(folder, `turned-${degrees}.png`)
    await writeFile(path, await sharp(await sharp(upright).rotate(degrees, { background: '#fff' }).grayscale().png().toBuffer()).withMetadata({ density: 300 }).png().toBuffer())
    const before = accuracy(await asItIs(path))
    const started = performance.now()
    const after = accuracy(await mended(path, workDir))
    rows.push({ degrees, words_as_it_is: rounded(before, 3), words_mended: rounded(after, 3), seconds: rounded((performance.now() - started) / 1000, 1) })
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
  process.stdout.write(`${JSON.stringify({ bench: 'ocr', words, rows })}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
