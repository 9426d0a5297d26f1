import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Names that tesseract gives languages and scripts; nothing else may become part of a path. */
const languageName = /^[A-Za-z]{3,}(_[A-Za-z]{2,})*$/

/** The packed data file (`.traineddata.gz`) that came with the npm packages, or null. Integer models: fast, and fit for native tesseract too. */
export function bundledFile(language: string): string | null {
  if (!languageName.test(language)) return null
  const require = createRequire(import.meta.url)
  try {
    const folder = dirname(require.resolve(`@tesseract.js-data/${language}/package.json`))
    const file = join(folder, '4.0.0_best_int', `${language}.traineddata.gz`)
    return existsSync(file) ? file : null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** The asked languages by whether they are in `present`; with none of them, English stands in where it is there. */
export function chooseLanguages(asked: readonly string[], present: (language: string) => boolean): { languages: string[]; missing: string[] } {
  const wanted = [...new Set(asked)].filter((language) => languageName.test(language))
  const languages = wanted.filter(present)
  const missing = [...new Set(asked)].filter((language) => !languages.includes(language))
  return { languages: languages.length === 0 && present('eng') ? ['eng'] : languages, missing }
}
