/** Control words that are a character. */
export const symbols: Readonly<Record<string, string>> = {
  tab: '\t', line: '\n', page: '\n', column: '\n', emdash: '\u2014', endash: '\u2013', bullet: '\u2022', lquote: '\u2018', rquote: '\u2019', ldblquote: '\u201c',
  rdblquote: '\u201d', emspace: ' ', enspace: ' ', qmspace: ' ', '~': '\u00a0', _: '-', '{': '{', '}': '}', '\\': '\\',
}

/** Groups whose words no reader meets: tables of fonts and styles, pictures, instructions of fields, entries of an index, what PowerPoint and Outlook keep. */
export const silentGroups = new Set([
  'fonttbl', 'colortbl', 'stylesheet', 'info', 'pict', 'objdata', 'fldinst', 'nonshppict', 'sp', 'tc', 'tcn', 'xe', 'rxe', 'template', 'filetbl', 'listtable',
  'listoverridetable', 'rsidtbl', 'bkmkstart', 'bkmkend', 'ftnsep', 'ftnsepc', 'aftnsep', 'aftnsepc', 'private', 'pgptbl', 'revtbl',
])
/** Groups marked as safe to pass over (`\*`) that hold words all the same. */
export const wordedGroups = new Set(['shpinst', 'annotation', 'footnote', 'fldrslt'])
/** Groups whose words come after the paragraph they stand in. */
export const floatingGroups = new Set([
  'footnote', 'annotation', 'header', 'headerl', 'headerr', 'headerf', 'footer', 'footerl', 'footerr', 'footerf', 'shptxt',
])

/** Code pages by the number of a font's character set; 0 and 1 are the file's own. */
export const codePages: Readonly<Record<number, number>> = {
  77: 10_000, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950, 161: 1_253, 162: 1_254, 163: 1_258, 177: 1_255, 178: 1_256, 186: 1_257, 204: 1_251, 222: 874,
  238: 1_250,
}
