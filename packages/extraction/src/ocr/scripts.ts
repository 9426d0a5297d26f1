/** Languages by the script that tesseract tells, in the order of how much is written in them. Latin is not among them: its languages are those that are asked for. */
const languagesByScript: Readonly<Record<string, readonly string[]>> = {
  Arabic: ['ara', 'fas', 'urd'], Armenian: ['hye'], Bengali: ['ben', 'asm'], Cyrillic: ['rus', 'ukr', 'bul', 'srp', 'bel', 'mkd', 'kaz'], Devanagari: ['hin', 'mar', 'nep', 'san'],
  Ethiopic: ['amh', 'tir'], Georgian: ['kat'], Greek: ['ell', 'grc'], Gujarati: ['guj'], Gurmukhi: ['pan'], Han: ['chi_sim', 'chi_tra'], Hangul: ['kor'], Hebrew: ['heb', 'yid'],
  Hiragana: ['jpn'], Japanese: ['jpn'], Kannada: ['kan'], Katakana: ['jpn'], Khmer: ['khm'], Korean: ['kor'], Lao: ['lao'], Malayalam: ['mal'], Myanmar: ['mya'], Oriya: ['ori'],
  Sinhala: ['sin'], Tamil: ['tam'], Telugu: ['tel'], Thai: ['tha'], Tibetan: ['bod'],
}
/** Each language that a page is read in costs about as much again. */
const mostLanguages = 2

/** `languages`: those of a script that there is data for; none where `missing` would be needed. */
export type ScriptChoice = { readonly languages: readonly string[]; readonly missing: string | null }

/** In which languages a page of a script is read; null where those that are asked for are of that script, or it is none that is known here. */
export function choiceFor(script: string | null, { asked, has }: { asked: readonly string[]; has: (language: string) => boolean }): ScriptChoice | null {
  const all = languagesByScript[script ?? '']
  if (all === undefined || asked.some((language) => all.includes(language))) return null
  const languages = all.filter(has).slice(0, mostLanguages)
  return { languages, missing: languages.length === 0 ? all[0] ?? null : null }
}
