// C0 and C1 control characters but tab and line feed; NUL is refused by Postgres, the others are never words.
const controls = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/g

/** Text as it is stored: no control characters, line feeds only, no lone surrogates, no trailing spaces, at most one empty line at a time. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u000c\u0085\u2028\u2029]/g, '\n')
    .replace(controls, '')
    .toWellFormed()
    // Begins at the first blank of a run alone: a run that no line end follows would be tried from each of its blanks, a second for 20,000 of them.
    .replace(/(?<![ \t\u00a0])[ \t\u00a0]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
}

/** The lines of a cell as one: white space in which a line ends is one blank. */
export function joinLines(text: string): string {
  return text.replace(/(?<!\s)\s*\n\s*/g, ' ')
}
