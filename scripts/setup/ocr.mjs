import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from './on-path.mjs'
import { SetupError } from './report.mjs'

/** The recognition data for English and Portuguese comes with the dependencies; a native tesseract is only faster. @param {string} root */
export function checkOcr(root) {
  for (const language of ['eng', 'por']) {
    if (existsSync(join(root, 'node_modules', '@tesseract.js-data', language))) continue
    throw new SetupError(`the OCR data for ${language} is missing`, 'delete node_modules and run the command again')
  }
}

/** Says once, before the tests, which tools are absent and what is therefore not tested on this machine. */
export function checkTestTools(report) {
  const tools = {
    tesseract: 'native OCR (tesseract.js is tested instead)', pdftotext: 'the comparison with poppler', chromium: 'whether everybody can use the pages of links',
    soffice: 'reading by LibreOffice what our own readers do not read',
  }
  for (const [tool, what] of Object.entries(tools)) {
    if (onPath(tool) === null) report.say(`NOT TESTED HERE, ${tool} is not installed: ${what}. Debian: apt-get install tesseract-ocr tesseract-ocr-por poppler-utils chromium libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui`)
  }
}
