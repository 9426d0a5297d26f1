import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { createWorker, PSM } from 'tesseract.js'
import { ExtractionError } from '../errors.ts'
import { engineVersions } from '../provenance.ts'
import type { OcrEngine } from './engine.types.ts'
import type { GrayImage } from './gray-image.ts'
import { bundledFile, chooseLanguages } from './language-data.ts'
import { readTsv } from './tsv.ts'

/** The library hands bytes to its thread as an array of numbers, at eight bytes each and more: so few bytes, though packing them takes time. */
function toPng({ width, height, data }: GrayImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 1 } }).png({ compressionLevel: 2 }).toBuffer()
}

/** tesseract compiled to WebAssembly, in a thread of this child, with the language data of our packages. Two to three times slower than native. */
export async function openWasm(langs: readonly string[]): Promise<OcrEngine> {
  const { languages, missing } = chooseLanguages(langs, (language) => bundledFile(language) !== null)
  if (languages.length === 0) throw new ExtractionError('ocr_failed', 'no language data for tesseract.js')
  // All languages must lie in one folder; handing over the bytes instead fails inside the library once it initializes.
  const folder = join(process.cwd(), 'tessdata')
  mkdirSync(folder, { recursive: true })
  for (const language of languages) copyFileSync(bundledFile(language) ?? '', join(folder, `${language}.traineddata.gz`))
  const failures: string[] = []
  const worker = await createWorker(languages, 1, {
    langPath: folder, gzip: true, cacheMethod: 'none', errorHandler: (error: unknown) => { failures.push(String(error).slice(0, 200)) },
  })
  await worker.setParameters({ tessedit_pageseg_mode: PSM.AUTO })
  return {
    name: 'tesseract.js', version: engineVersions['tesseract.js'], languages, missing, has: (language) => languages.includes(language),
    // It has one set of languages, and no look at scripts: that needs the recognizer of old, which is not in its build.
    recognize: async (image) => {
      await worker.setParameters({ user_defined_dpi: String(image.dpi ?? 0) })
      const { data: answer } = await worker.recognize(await toPng(image), {}, { tsv: true, text: false })
      if (answer.tsv === null) throw new ExtractionError('ocr_failed', failures.join('; ').slice(0, 300) || 'tesseract.js said nothing')
      return readTsv(answer.tsv, image)
    },
    close: async () => { await worker.terminate() },
  }
}
