import { expect, test } from 'vitest'
import { readHere, textsOf } from '../testing/read-here.ts'

const head = '{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fnil\\fcharset0 Times;}{\\f1\\fcharset204 Times Cyr;}{\\f2\\fcharset128 MS Mincho;}}{\\colortbl;\\red0\\green0\\blue0;}{\\*\\generator Secret;}'
const words = async (body: string) => (await textsOf(`${head}${body}}`)).join('\f')

test.each([
  ['paragraphs, symbols and breaks', 'One\\par two\\tab three\\line four \\emdash  five\\~six\\par', 'One\ntwo\tthree\nfour — five\u00a0six'],
  ['letters of the file, of a Cyrillic and of a Japanese font', 'Gr\\\'fc\\\'dfe {\\f1 \\\'cf\\\'f0\\\'e8\\\'e2\\\'e5\\\'f2} {\\f2 \\\'93\\\'fa\\\'96\\\'7b}', 'Grüße Привет 日本'],
  ['Unicode with what stands in for it, one letter or more', 'a\\u8364?b \\uc2\\u-10179\\\'3f\\\'3f\\u-8704\\\'3f\\\'3f c\\uc0\\u233 d', 'a€b 😀 céd'],
  ['braces and slashes', '\\{a\\\\b\\}', '{a\\b}'],
  ['table cells by tabs and rows by lines', '\\trowd\\pard\\intbl left\\cell right\\par more\\cell\\row\\pard after\\par', 'left\tright more\nafter'],
  ['results of fields without their instructions', '{\\field{\\*\\fldinst HYPERLINK "https://example.com"}{\\fldrslt the page}}', 'the page'],
  ['a note after the paragraph it stands in', 'One{\\footnote Words of a note} two\\par three', 'One two\nWords of a note\nthree'],
  ['nothing hidden or deleted', 'seen{\\v  hidden}{\\deleted  gone} again', 'seen again'],
  ['no picture, and no bytes that claim to be text', '{\\pict\\wmetafile8 010009}a{\\*\\unknown nothing}\\bin5 }}}}}b', 'ab'],
  ['marks of lists before what they count, also in a cell', '{\\listtext\\pard\\plain  1.\\tab}One\\par{\\pntext\\u8226?\\tab}Two\\par\\trowd\\pard\\intbl{\\listtext\\pard\\plain a)\\tab}Three\\par four\\cell\\row', '1. One\n• Two\na) Three four'],
  ['marks of several words', '{\\listtext\\pard\\plain Article IV.\\tab}Duties\\par', 'Article IV. Duties'],
  ['a heading with a note, which is none', 'Before\\par\\pard\\outlinelevel1 Title{\\footnote \\pard\\plain its note}\\par\\pard after\\par', 'Before\n\nTitle\nits note\n\nafter'],
  ['headings apart from what is around them', 'Before\\par\\pard\\s1\\outlinelevel0 Title\\par\\pard after\\par\\pard\\outlinelevel9 more\\par', 'Before\n\nTitle\n\nafter\nmore'],
  ['a text box, which stands in a group marked as safe to pass over', 'a{\\shp{\\*\\shpinst{\\sp{\\sn fLine}{\\sv 0}}{\\shptxt in the box\\par}}}\\par', 'a\nin the box'],
] as const)('%s', async (_name, body, expected) => {
  expect(await words(body)).toBe(expected)
})

test('it is known by its first bytes, and groups without end are no text', async () => {
  expect(await readHere(`${head} x}`, { fileName: 'letter.doc' })).toMatchObject({ mime: 'application/rtf', format: 'rtf' })
  await expect(readHere(`{\\rtf1 ${'{'.repeat(100_000)}`)).rejects.toThrow(RangeError)
  await expect(readHere(head)).rejects.toMatchObject({ reason: 'empty' })
})
