import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ocrPages, type OcrPage, type OcrResult } from '../index.ts'
import type { OcrEngine, PageLook } from './engine.types.ts'
import type { GrayImage } from './gray-image.ts'
import { createPageReader } from './recognize-page.ts'
import { choiceFor } from './scripts.ts'

test.each([
  ['Cyrillic', ['eng'], ['eng', 'rus', 'ukr', 'bul'], { languages: ['rus', 'ukr'], missing: null }], ['Cyrillic', ['eng'], ['eng', 'bul'], { languages: ['bul'], missing: null }],
  ['Cyrillic', ['eng'], ['eng'], { languages: [], missing: 'rus' }], ['Cyrillic', ['eng', 'bel'], ['eng', 'rus'], null], ['Greek', ['eng'], ['ell'], { languages: ['ell'], missing: null }],
  ['Han', ['eng'], [], { languages: [], missing: 'chi_sim' }], ['Latin', ['eng'], ['rus'], null], ['Runic', ['eng'], ['rus'], null], [null, ['eng'], ['rus'], null],
])('%s where %j are asked for and there is data of %j', (script, asked, present, choice) => {
  expect(choiceFor(script, { asked, has: (language) => present.includes(language) })).toEqual(choice)
})

/** A page whose first row says what script it is in, by one of these. */
const scripts = ['Latin', 'Cyrillic', 'Greek'] as const
const pageIn = (script: (typeof scripts)[number]): GrayImage => ({ width: 40, height: 40, data: Buffer.alloc(1_600, 255).fill(0, 800, 840).fill(200 + scripts.indexOf(script), 0, 1), dpi: 300 })
const fits = { Latin: 'eng', Cyrillic: 'rus', Greek: 'ell' } as const
const scriptOf = ({ data }: GrayImage) => scripts[[...data].map((value) => value - 200).find((value) => value >= 0 && value < scripts.length) ?? 0] ?? 'Latin'

/** Reads well what is in a language that it is told, and anything else badly. */
function engineWith(present: readonly string[], seen: PageLook['script'] | 'as it is' = 'as it is') {
  const calls: string[] = []
  const engine: OcrEngine = {
    name: 'tesseract', version: '5', languages: ['eng'], missing: [], has: (language) => present.includes(language), close: () => Promise.resolve(),
    look: (image) => { calls.push('look'); return Promise.resolve({ degrees: 0, script: seen === 'as it is' ? scriptOf(image) : seen }) },
    recognize: (image, languages) => {
      calls.push(languages.join('+'))
      const isRead = languages.includes(fits[scriptOf(image)])
      return Promise.resolve({ text: isRead ? 'read' : 'guessed', boxes: [], confidence: isRead ? 95 : 45, score: isRead ? 900 : 100 })
    },
  }
  return { engine, calls }
}

describe('pages in other scripts', () => {
  test('are looked at once they read badly, and read in a language of their script; the next page at once', async () => {
    const { engine, calls } = engineWith(['eng', 'rus'])
    const read = createPageReader(engine, { anyScript: true })
    expect(await read(pageIn('Cyrillic'))).toMatchObject({ text: 'read', languages: ['rus'], missing: null })
    expect(calls.splice(0)).toEqual(['eng', 'look', 'rus'])
    expect(await read(pageIn('Cyrillic'))).toMatchObject({ text: 'read', languages: ['rus'] })
    expect(calls.splice(0)).toEqual(['rus'])
    expect(await read(pageIn('Latin'))).toMatchObject({ text: 'read', languages: ['eng'], missing: null })
    expect(calls.splice(0)).toEqual(['rus', 'look', 'eng'])
  })

  test('cost pages that read well nothing', async () => {
    const { engine, calls } = engineWith(['eng', 'rus'])
    await createPageReader(engine, { anyScript: true })(pageIn('Latin'))
    expect(calls).toEqual(['eng'])
  })

  test('say which language there is no data of', async () => {
    expect(await createPageReader(engineWith(['eng']).engine, { anyScript: true })(pageIn('Greek'))).toMatchObject({ text: 'guessed', languages: ['eng'], missing: 'ell' })
  })

  test('are read as before where languages were chosen, or their script cannot be told', async () => {
    const chosen = engineWith(['eng', 'ell'])
    expect(await createPageReader(chosen.engine, { anyScript: false })(pageIn('Greek'))).toMatchObject({ text: 'guessed', missing: null })
    expect(chosen.calls).not.toContain('ell')
    expect(await createPageReader(engineWith(['eng', 'ell'], null).engine, { anyScript: true })(pageIn('Greek'))).toMatchObject({ text: 'guessed', missing: null })
  })
})

const sentences = {
  Cyrillic: 'Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.',
  Greek: 'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους.',
  Latin: 'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.',
}
function installed(): string[] {
  try {
    return execFileSync('tesseract', ['--list-langs'], { encoding: 'utf8' }).split('\n').map((line) => line.trim())
  } catch {
    return []
  }
}
const languages = installed()
if (!languages.includes('osd')) process.stderr.write('\n*** tesseract with osd is not installed here: scripts are told by a stand-in alone ***\n\n')

describe.skipIf(!languages.includes('osd'))('native tesseract', () => {
  let folder = ''
  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'any-script-')) })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function recognized(script: keyof typeof sentences): Promise<OcrResult & { page: OcrPage | undefined }> {
    const path = join(folder, `${script}.png`)
    const fontfile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
    const page = await sharp({ text: { text: sentences[script], font: 'DejaVu Sans 12', fontfile, width: 1_200, dpi: 150 } }).extend({ top: 60, bottom: 60, left: 60, right: 60, background: '#000000' }).negate().toColourspace('b-w').png().toBuffer()
    await writeFile(path, page)
    const pages: OcrPage[] = []
    const result = await ocrPages({
      path, mime: 'image/png', pages: [1], langs: ['eng'], anyScript: true, engine: 'native', workDir: folder, signal: AbortSignal.timeout(60_000), onPage: (one) => pages.push(one),
    })
    return { ...result, page: pages[0] }
  }

  test.each([['Cyrillic', 'rus', 'рождаются'], ['Greek', 'ell', 'ελεύθεροι']] as const)('reads a page in %s where it has data, and says else that it has none of %s', async (script, language, word) => {
    const { page } = await recognized(script)
    if (languages.includes(language)) {
      expect(page).toMatchObject({ text: expect.stringContaining(word), provenance: { model: expect.stringContaining(language) } })
      expect(page?.missing).toBeUndefined()
    } else expect(page).toMatchObject({ missing: language, warnings: ['low_confidence', 'ocr_language_missing'], provenance: { model: 'eng' } })
  })

  test('reads a page in Latin letters as before', async () => {
    const { page } = await recognized('Latin')
    expect(page).toMatchObject({ text: expect.stringContaining('human beings'), warnings: [], provenance: { model: 'eng' } })
  })
})
